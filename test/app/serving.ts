import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import type { FlagKeeper, KeptFlags } from "../../src/app/flag-keeping.ts";
import { FlagSnapshots, type FlagSnapshotsOptions, type ServedFlags } from "../../src/app/flag-snapshots.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Logger, StateStore } from "../../src/app/ports.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { evaluate } from "../../src/domain/evaluate.ts";
import { policyOf } from "../support/policies.ts";
import { temporaryDirectory } from "../support/process.ts";

export const MAX_STALE = 60_000;
/** A revision that no store has: whoever asks for it makes the flags be read. */
export const ANY = Number.MAX_SAFE_INTEGER;

export const shop = {
  ...policyOf({ flags: [{ key: "search" }, { key: "pay", safeValue: true }] }),
  serving: { maxStale: MAX_STALE },
};

export interface Serving {
  /** A real embedded one. */
  readonly store: StateStore;
  /** What the clock says. */
  now: number;
  /** What was logged as a warning or an error, in its order. */
  readonly warnings: string[];
  serve(options?: Partial<FlagSnapshotsOptions>): FlagSnapshots;
  set(key: string, enabled: boolean): Promise<void>;
  stop(): Promise<void>;
}

export async function startServing(): Promise<Serving> {
  const directory = await temporaryDirectory("flags");
  const observer = { lockWaited() {}, transacted() {}, conflicted() {} };
  const store = createEmbeddedStore({ directory: directory.path, observer });
  const warnings: string[] = [];
  const running: FlagSnapshots[] = [];
  const logger: Logger = {
    debug() {},
    info() {},
    warn: (_, message) => warnings.push(message),
    error: (_, message) => warnings.push(`error: ${message}`),
  };
  const serving: Serving = {
    store,
    now: 1_790_000_000_000,
    warnings,
    serve(options = {}) {
      const policies = new Policies([shop]);
      const clock = { now: () => serving.now };
      const snapshots = new FlagSnapshots({ policies, store, clock, logger, keeper: null, ...options });
      running.push(snapshots);
      return snapshots;
    },
    async set(key, enabled) {
      const value = {
        enabled,
        rolloutPercentage: 100,
        updatedAt: serving.now,
        updatedBy: "ada",
        quarantinedBy: null,
      };
      const event = { at: serving.now, actor: "ada", reason: "flag_changed" } as never;
      await store.transact("shop", () => ({
        changes: [{ kind: "flag", key, value }],
        events: [event],
        messages: [],
      }));
    },
    async stop() {
      await Promise.all(running.map((snapshots) => snapshots.stop()));
      await store.close();
      await directory.remove();
    },
  };
  return serving;
}

/** What everybody is told of a flag. */
export function shown(served: ServedFlags | undefined, key: string, now: number): boolean | undefined {
  const flag = served?.set.flags.get(key);
  const result = flag && evaluate(flag, "ada", {}, now);
  return typeof result === "object" ? result.value : undefined;
}

/** Keeps flags in memory, all of them. */
export function memory(): FlagKeeper & { readonly kept: KeptFlags[] } {
  const kept: KeptFlags[] = [];
  return {
    kept,
    read: async () => kept.at(-1) ?? null,
    write: async (_, flags) => void kept.push(flags),
  };
}

export const away = async (): Promise<never> => {
  throw new RollguardError("store_unavailable", "it is away");
};

export const hanging = (): Promise<never> => new Promise(() => undefined);
