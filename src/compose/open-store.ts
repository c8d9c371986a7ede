import { join } from "node:path";
import { createFileKeeper, keptCommit } from "../adapters/store/kept-flags.ts";
import { describeRedis, parseRedisUrl } from "../adapters/store/redis/url.ts";
import type { FlagKeeper } from "../app/flag-keeping.ts";
import type { KnownCommit } from "../app/known-commit.ts";
import type { Policies } from "../app/policies.ts";
import type { Logger, StateStore, StoreObserver } from "../app/ports.ts";
import type { Settings } from "../config/settings.ts";

interface StoreTools {
  readonly observer: StoreObserver;
  readonly readOnly?: boolean;
  readonly warn?: (message: string) => void;
  /** As they are in force: which flags may be on is judged by them. */
  readonly policies?: Pick<Policies, "get">;
}

/** Only the store that is used is loaded: the other one's driver would take 15 to 20 MB. */
export async function openStore(settings: Settings, tools: StoreTools): Promise<StateStore> {
  const { redisUrl: url, redisWaitReplicas: waitReplicas, data: directory } = settings;
  if (url === null) {
    const { createEmbeddedStore, openEmbeddedStore } = await import(
      "../adapters/store/embedded/embedded-store.ts"
    );
    if (tools.readOnly === true) return createEmbeddedStore({ directory, ...tools });
    return await openEmbeddedStore({ directory, warn: () => undefined, ...tools });
  }
  const { createRedisStore } = await import("../adapters/store/redis/redis-store.ts");
  const known = (application: string): KnownCommit | undefined =>
    keptCommit(keptFlagsOf(directory), application);
  const { policies, ...others } = tools;
  const isKillSwitch = (application: string, flag: string): boolean =>
    policies?.get(application)?.flags.get(flag)?.kind === "kill-switch";
  return createRedisStore({ url, known, waitReplicas, isKillSwitch, ...others });
}

export function describeStore({ redisUrl, data }: Settings): string {
  if (redisUrl === null) return `embedded, in ${data}`;
  return `Redis at ${describeRedis(parseRedisUrl(redisUrl))}`;
}

function keptFlagsOf(data: string): string {
  return join(data, "flags");
}

/** Null for the embedded store: where that cannot be read, no other file could. */
export function keeperOf({ redisUrl, data }: Settings, logger: Logger): FlagKeeper | null {
  if (redisUrl === null) return null;
  return createFileKeeper({
    directory: keptFlagsOf(data),
    warn: (message) => logger.warn({}, message),
  });
}
