import type { RedisConnection } from "./connection.ts";

const RISKS: readonly [setting: RegExp, message: string][] = [
  [
    /^aof_enabled:0/m,
    "Redis keeps no append-only file: a restart of it may turn rolled back flags on again. Set appendonly yes",
  ],
  [
    /^maxmemory_policy:(?!noeviction)/m,
    "Redis may evict keys, and with them rolled back flags. Set maxmemory-policy noeviction",
  ],
];

/**
 * Looks, at each connect, at how the server keeps its data: after a failover it may be another one. Of a Cluster it
 * sees one node. Who may not look is told nothing.
 */
export function warnOfForgetting(connection: RedisConnection, warn: (message: string) => void): void {
  const told = new Set<string>();
  const look = async (): Promise<void> => {
    const info = await connection.send(
      async (client) => `${await client.info("persistence")}${await client.info("memory")}`,
    );
    for (const [setting, message] of RISKS) {
      if (!setting.test(info) || told.has(message)) continue;
      told.add(message);
      warn(message);
    }
  };
  connection.onReady(() => void look().catch(() => undefined));
}
