export interface ServerRequest {
  readonly url: URL;
  readonly init: RequestInit;
}

interface Server {
  request(
    method: "GET" | "POST",
    path: string,
    parameters: readonly (readonly [name: string, value: string])[],
  ): ServerRequest;
}

/** A server's address taken apart: what is secret in it goes into a header, where no error message finds it. */
export function serverAt(name: string, address: string): Server {
  // The constructor's own error repeats the address.
  if (!URL.canParse(address)) throw new Error(`the address of ${name} is no URL`);
  const base = new URL(address);
  const headers = { accept: "application/json", ...authorizationIn(base) };
  base.username = "";
  base.password = "";
  base.hash = "";
  const below = base.pathname.replace(/\/+$/, "");
  return {
    request(method, path, parameters) {
      const url = new URL(base);
      url.pathname = below + path;
      if (method === "POST") {
        const form = new URLSearchParams();
        for (const [name, value] of parameters) form.append(name, value);
        return { url, init: { method, headers, body: form } };
      }
      for (const [name, value] of parameters) url.searchParams.append(name, value);
      return { url, init: { method, headers } };
    },
  };
}

function authorizationIn({ username, password }: URL): { authorization?: string } {
  if (username === "" && password === "") return {};
  const pair = `${decoded(username)}:${decoded(password)}`;
  return { authorization: `Basic ${Buffer.from(pair).toString("base64")}` };
}

/** A % that encodes nothing stands for itself. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
