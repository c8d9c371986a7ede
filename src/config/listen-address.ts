export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** Nobody but this machine can reach it. */
  readonly loopback: boolean;
}

/**
 * Reads `host:port`, `[v6]:port` or `:port` (all addresses).
 * @returns undefined when the text is none of them
 */
export function parseListenAddress(text: string): ListenAddress | undefined {
  const [, v6, name, digits] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  const host = v6 ?? (name || "0.0.0.0");
  return { host, port, loopback: isLoopback(host) };
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127(\.\d{1,3}){3}$/.test(host);
}

export function urlOfAddress({ host, port }: Pick<ListenAddress, "host" | "port">): string {
  return `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
}
