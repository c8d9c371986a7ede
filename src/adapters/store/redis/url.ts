export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: "standalone" | "sentinel" | "cluster";
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  readonly db: number;
  /** The name under which the sentinels know the primary; "" without sentinels. */
  readonly master: string;
}

const KINDS = {
  redis: { kind: "standalone", port: 6379 },
  rediss: { kind: "standalone", port: 6379 },
  "redis+sentinel": { kind: "sentinel", port: 26379 },
  "redis+cluster": { kind: "cluster", port: 6379 },
} as const;

const URL_PATTERN =
  /^(?<scheme>[a-z+]+):\/\/(?:(?<username>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<hosts>[^/?]+)(?:\/(?<path>[^/?]*))?(?:\?(?<query>.*))?$/;

/**
 * Reads `redis://[user:password@]host[:port][/db]`, `rediss://` likewise,
 * `redis+sentinel://[user:password@]host[:port],…/<master>[?db=<n>]` or `redis+cluster://host[:port],…`.
 * User and password are percent-encoded.
 * @throws Error that says what is wrong. It repeats no part of the URL: where the syntax is wrong, any part may hold
 *   some of the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = URL_PATTERN.exec(url)?.groups;
  const scheme = parts?.scheme ?? "";
  if (parts === undefined || !isKnown(scheme)) {
    throw new Error(
      "the Redis URL must look like redis://[user:password@]host[:port][/db], rediss://…, " +
        "redis+sentinel://host:port,…/<master> or redis+cluster://host:port,…; " +
        "special characters in the password are percent-encoded",
    );
  }
  const { kind, port } = KINDS[scheme];
  const endpoints = endpointsOf(parts.hosts ?? "", port);
  const path = parts.path ?? "";
  if (kind === "sentinel" && path === "") {
    throw new Error("the Redis URL names sentinels, but not the primary: redis+sentinel://…/<master>");
  }
  const db = kind === "sentinel" ? (new URLSearchParams(parts.query).get("db") ?? "") : path;
  if (!/^\d*$/.test(db)) throw new Error("the Redis URL names a database that is no number");
  if (kind === "cluster" && Number(db) !== 0) throw new Error("a Redis Cluster has only the database 0");
  return {
    kind,
    endpoints,
    tls: scheme === "rediss",
    ...credentials(parts.username, parts.password),
    db: Number(db),
    master: kind === "sentinel" ? decoded(path) : "",
  };
}

function isKnown(scheme: string): scheme is keyof typeof KINDS {
  return Object.hasOwn(KINDS, scheme);
}

function endpointsOf(hosts: string, defaultPort: number): readonly [Endpoint, ...Endpoint[]] {
  const [first = "", ...rest] = hosts.split(",");
  return [endpointOf(first, defaultPort), ...rest.map((host) => endpointOf(host, defaultPort))];
}

function endpointOf(text: string, defaultPort: number): Endpoint {
  const [, bracketed, plain, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([^\s:@[\]]+))(?::(\d{1,5}))?$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const port = digits === undefined ? defaultPort : Number(digits);
  if (host === undefined || port < 1 || port > 65_535) {
    throw new Error("the Redis URL has a host that is no host[:port]; is the password percent-encoded?");
  }
  return { host, port };
}

function credentials(username = "", password = ""): { username?: string; password?: string } {
  return {
    ...(username === "" ? {} : { username: decoded(username) }),
    ...(password === "" ? {} : { password: decoded(password) }),
  };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("the Redis URL has a % that is no percent-encoding");
  }
}
