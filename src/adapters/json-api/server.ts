export interface ServerRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
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
        const type = "application/x-www-form-urlencoded;charset=UTF-8";
        const body = form.toString();
        const length = String(Buffer.byteLength(body));
        return { url, method, headers: { ...headers, "content-type": type, "content-length": length }, body };
      }
      for (const [name, value] of parameters) url.searchParams.append(name, value);
      return { url, method, headers, body: "" };
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
