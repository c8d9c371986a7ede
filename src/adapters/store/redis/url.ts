export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface RedisAddress {
  readonly kind: "standalone" | "sentinel" | "cluster";
  readonly endpoints: readonly [Endpoint, ...Endpoint[]];
  /** For every connection, also those to sentinels. */
  readonly tls: boolean;
  readonly username?: string;
  readonly password?: string;
  /** Sentinels have a login of their own. */
  readonly sentinelUsername?: string;
  readonly sentinelPassword?: string;
  readonly db: number;
  /** The name under which the sentinels know the primary; "" without sentinels. */
  readonly master: string;
}

interface Scheme {
  readonly kind: RedisAddress["kind"];
  readonly port: number;
  readonly parameters: readonly string[];
}

const STANDALONE: Scheme = { kind: "standalone", port: 6379, parameters: [] };
const SENTINEL: Scheme = {
  kind: "sentinel",
  port: 26379,
  parameters: ["db", "sentinelUsername", "sentinelPassword"],
};
const CLUSTER: Scheme = { kind: "cluster", port: 6379, parameters: [] };

const SCHEMES: Readonly<Record<string, Scheme>> = {
  redis: STANDALONE,
  rediss: STANDALONE,
  "redis+sentinel": SENTINEL,
  "rediss+sentinel": SENTINEL,
  "redis+cluster": CLUSTER,
  "rediss+cluster": CLUSTER,
};

const URL_PATTERN =
  /^(?<scheme>[a-z+]+):\/\/(?:(?<username>[^:@/?]*)(?::(?<password>[^@/?]*))?@)?(?<hosts>[^/?]+)(?:\/(?<path>[^/?]*))?(?:\?(?<query>.*))?$/;

/**
 * Reads `redis://[user:password@]host[:port][/db]`,
 * `redis+sentinel://[user:password@]host[:port],…/<master>[?db=<n>&sentinelUsername=…&sentinelPassword=…]` or
 * `redis+cluster://[user:password@]host[:port],…`; with `rediss` for `redis`, all of it over TLS.
 * User, password and parameters are percent-encoded.
 * @throws Error that says what is wrong. It repeats no part of the URL: where the syntax is wrong, any part may hold
 *   some of the password.
 */
export function parseRedisUrl(url: string): RedisAddress {
  const parts = URL_PATTERN.exec(url)?.groups;
  const name = parts?.scheme ?? "";
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (parts === undefined || scheme === undefined) {
    throw new Error(
      "the Redis URL must look like redis://[user:password@]host[:port][/db], " +
        "redis+sentinel://host:port,…/<master> or redis+cluster://host:port,…, with rediss for TLS; " +
        "special characters in the password are percent-encoded",
    );
  }
  const { kind } = scheme;
  const endpoints = endpointsOf(parts.hosts ?? "", scheme.port);
  if (kind === "standalone" && endpoints.length > 1)
    throw new Error("the Redis URL names several servers: are they sentinels, or a cluster?");
  const path = parts.path ?? "";
  if (kind === "sentinel" && path === "")
    throw new Error("the Redis URL names sentinels, but not the primary: redis+sentinel://…/<master>");
  const { db: ofSentinels = "", ...parameters } = parametersOf(parts.query, scheme);
  const db = kind === "sentinel" ? ofSentinels : path;
  if (!/^\d*$/.test(db)) throw new Error("the Redis URL names a database that is no number");
  if (kind === "cluster" && Number(db) !== 0) throw new Error("a Redis Cluster has only the database 0");
  return {
    kind,
    endpoints,
    tls: name.startsWith("rediss"),
    ...given("username", parts.username),
    ...given("password", parts.password),
    ...parameters,
    db: Number(db),
    master: kind === "sentinel" ? decoded(path) : "",
  };
}

/** Where it is, for people; never how to log in. */
export function describeRedis({ kind, tls, endpoints, db, master }: RedisAddress): string {
  const scheme = `redis${tls ? "s" : ""}${kind === "standalone" ? "" : `+${kind}`}`;
  const hosts = endpoints.map(({ host, port }) => `${host.includes(":") ? `[${host}]` : host}:${port}`);
  const database =
    kind === "sentinel" ? `/${master}${db === 0 ? "" : `?db=${db}`}` : db === 0 ? "" : `/${db}`;
  return `${scheme}://${hosts.join(",")}${database}`;
}

/** One that is not known might be what keeps others out, such as TLS: it is never passed over. */
function parametersOf(query: string | undefined, { parameters }: Scheme): Readonly<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const pair of query === undefined || query === "" ? [] : query.split("&")) {
    const [name = "", ...value] = pair.split("=");
    if (!parameters.includes(name)) {
      const known = parameters.length === 0 ? "it takes none" : `it takes ${parameters.join(", ")}`;
      throw new Error(`the Redis URL has an unknown parameter: ${known}; TLS is rediss://…`);
    }
    if (Object.hasOwn(found, name)) throw new Error(`the Redis URL has ${name} twice`);
    Object.assign(found, given(name, value.join("=")));
  }
  return found;
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

function given(name: string, text = ""): Readonly<Record<string, string>> {
  return text === "" ? {} : { [name]: decoded(text) };
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Error("the Redis URL has a % that is no percent-encoding");
  }
}
