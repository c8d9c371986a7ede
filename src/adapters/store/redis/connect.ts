import { Cluster, type ClusterOptions, Redis } from "ioredis";
import type { Endpoint, RedisAddress } from "./url.ts";

export type Client = Redis | Cluster;

/** Milliseconds; the first attempts come quickly, for a server that was only restarted. */
const retry = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/** What every connection has, to whatever it leads. */
function commonOptions({ tls }: RedisAddress, commandTimeout: number) {
  return {
    // A late answer says nothing about the connection, and its caller sees to it; a connection this silent is dead.
    socketTimeout: 2 * commandTimeout,
    connectTimeout: commandTimeout,
    // How long a server may take to say goodbye.
    disconnectTimeout: 200,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Subscriptions are renewed by the one who made them.
    autoResubscribe: false,
    ...(tls ? { tls: {} } : {}),
  };
}

/**
 * Makes a client that connects in the background, and again whenever the connection is lost. It sends nothing
 * twice: a command that was under way when the connection was lost may have been run, and only its caller knows
 * what that means.
 */
export function createClient(address: RedisAddress, commandTimeout: number): Client {
  const { endpoints, username, password, sentinelUsername, sentinelPassword } = address;
  const common = { ...commonOptions(address, commandTimeout), ...given({ username, password }) };
  if (address.kind === "cluster") return createCluster(endpoints, common);
  const single = {
    ...common,
    db: address.db,
    enableOfflineQueue: false,
    retryStrategy: retry,
    // After a failover, what was the primary is a replica: look for the new one.
    reconnectOnError: (error: Error) => error.message.includes("READONLY"),
  };
  if (address.kind === "standalone") return new Redis({ ...single, ...endpoints[0] });
  return new Redis({
    ...single,
    sentinels: [...endpoints],
    name: address.master,
    sentinelCommandTimeout: commandTimeout,
    sentinelRetryStrategy: retry,
    ...given({ sentinelUsername, sentinelPassword }),
    ...(address.tls ? { sentinelTLS: {}, enableTLSForSentinelMode: true } : {}),
  });
}

/** Makes a client of a sentinel itself. */
export function createSentinelClient(
  address: RedisAddress,
  sentinel: Endpoint,
  commandTimeout: number,
): Redis {
  const { sentinelUsername: username, sentinelPassword: password } = address;
  return new Redis({
    ...commonOptions(address, commandTimeout),
    ...given({ username, password }),
    ...sentinel,
    enableReadyCheck: false,
    enableOfflineQueue: false,
    retryStrategy: retry,
  });
}

/** Without those that are undefined, which would stand in for the driver's own. */
function given<T extends Record<string, string | undefined>>(options: T): { [K in keyof T]?: string } {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: string;
  };
}

function createCluster(
  endpoints: readonly Endpoint[],
  redisOptions: NonNullable<ClusterOptions["redisOptions"]>,
): Cluster {
  return new Cluster([...endpoints], {
    // A node is connected to when it is first used; what comes in between has to wait for it somewhere.
    enableOfflineQueue: true,
    clusterRetryStrategy: retry,
    // Zero: not again. What a lost connection took with it is not sent to another node.
    retryDelayOnFailover: 0,
    slotsRefreshInterval: 2_000,
    redisOptions: redisOptions as object,
  });
}
