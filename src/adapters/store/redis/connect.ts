import { Cluster, type ClusterOptions, Redis, type RedisOptions } from "ioredis";
import type { Endpoint, RedisAddress } from "./url.ts";

export type Client = Redis | Cluster;

/** Milliseconds; the first attempts come quickly, for a server that was only restarted. */
const retry = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 5), 1_000);

/**
 * Makes a client that connects in the background, and again whenever the connection is lost. It sends nothing
 * twice: a command that was under way when the connection was lost may have been run, and only its caller knows
 * what that means.
 * @throws Error when the URL is none
 */
export function createClient(address: RedisAddress, commandTimeout: number): Client {
  const common = {
    username: address.username,
    password: address.password,
    // A late answer says nothing about the connection, and its caller sees to it; a connection this silent is dead.
    socketTimeout: 2 * commandTimeout,
    connectTimeout: commandTimeout,
    // How long a server may take to say goodbye.
    disconnectTimeout: 200,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // Subscriptions are renewed by the one who made them.
    autoResubscribe: false,
    ...(address.tls ? { tls: {} } : {}),
  };
  if (address.kind === "cluster") return createCluster(address.endpoints, common);
  return new Redis({
    ...common,
    ...placeOf(address, commandTimeout),
    db: address.db,
    enableOfflineQueue: false,
    retryStrategy: retry,
    // After a failover, what was the primary is a replica: look for the new one.
    reconnectOnError: (error: Error) => error.message.includes("READONLY"),
  });
}

function placeOf(address: RedisAddress, timeout: number): Pick<RedisOptions, PlaceOption> {
  const [first] = address.endpoints;
  if (address.kind === "standalone") return { host: first.host, port: first.port };
  return {
    sentinels: [...address.endpoints],
    name: address.master,
    sentinelCommandTimeout: timeout,
    sentinelRetryStrategy: retry,
  };
}

type PlaceOption =
  | "host"
  | "port"
  | "sentinels"
  | "name"
  | "sentinelCommandTimeout"
  | "sentinelRetryStrategy";

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
