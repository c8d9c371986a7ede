import { compileFlags, type FlagSet, type Knowledge } from "../domain/evaluate.ts";
import type { FlagState } from "../domain/flag.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, StateStore, Unsubscribe } from "./ports.ts";

/** The flags of one application as they are served now. */
export interface ServedFlags {
  readonly policy: Policy;
  readonly set: FlagSet;
  readonly knowledge: Knowledge;
  /** When the store last answered; null: not since this process began, nor before it. */
  readonly knownAt: Instant | null;
}

/** What is kept of an application's flags beside the store, for a start without it. */
export interface KeptFlags {
  readonly revision: number;
  /** When the store was last known to say so. */
  readonly knownAt: Instant;
  readonly flags: ReadonlyMap<string, FlagState>;
}

/** Where flags are kept beside the store. */
export interface FlagKeeper {
  /** Null when nothing is kept, or it cannot be read. */
  read(application: string): Promise<KeptFlags | null>;
  write(application: string, kept: KeptFlags): Promise<void>;
}

export interface FlagSnapshotsOptions {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null: the store itself is on this disk. */
  readonly keeper: FlagKeeper | null;
}

export type FlagsListener = (served: ServedFlags) => void;

/** Every application that is served is read this often, should an announcement have been lost. */
const READ_AGAIN: Duration = 2_000;
/** What is kept is written again this often, so that its age is told though nothing changes. */
const KEEP_AGAIN: Duration = 60_000;

interface Served {
  current: ServedFlags;
  state: Pick<ApplicationState, "flags" | "revision">;
  keptAt: Instant;
  /** Null: the store could not be had, and it is tried again with the next read. */
  subscription: Promise<Unsubscribe> | null;
  readonly listeners: Set<FlagsListener>;
  reading: Promise<void> | null;
  /** Something was announced while it was being read. */
  again: boolean;
}

/**
 * What applications are told of their flags: compiled once for each change, and answered without asking the store. While
 * the store is away it is what was last known, for as long as the policy allows.
 */
export class FlagSnapshots {
  readonly #options: FlagSnapshotsOptions;
  readonly #served = new Map<string, Promise<Served>>();
  #timer: NodeJS.Timeout | undefined;
  #isAway = false;

  constructor(options: FlagSnapshotsOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => void this.#readAll(), READ_AGAIN);
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    for (const served of await Promise.all(this.#served.values())) {
      await served.reading;
      const unsubscribe = await served.subscription?.catch(() => null);
      await unsubscribe?.().catch(() => undefined);
    }
    this.#served.clear();
  }

  /**
   * The flags as they are now; from the second time on without waiting for anything.
   * @returns undefined when no policy names the application
   */
  async get(application: string): Promise<ServedFlags | undefined> {
    const served = await this.#serve(application);
    return served?.current;
  }

  /**
   * The flags of at least that revision, if the store has it: for somebody who has heard of it elsewhere.
   * @returns undefined when no policy names the application
   */
  async atLeast(application: string, revision: number): Promise<ServedFlags | undefined> {
    const served = await this.#serve(application);
    if (served === undefined) return undefined;
    if (served.state.revision < revision) await this.#read(application, served);
    return served.current;
  }

  /** Calls back whenever what anybody is told of a flag may have changed. */
  async subscribe(application: string, listener: FlagsListener): Promise<() => void> {
    const served = await this.#serve(application);
    served?.listeners.add(listener);
    return () => void served?.listeners.delete(listener);
  }

  /** Those that are served, for metrics. */
  async all(): Promise<readonly ServedFlags[]> {
    const all = await Promise.all(this.#served.values());
    return all.map(({ current }) => current);
  }

  async #serve(application: string): Promise<Served | undefined> {
    const policy = this.#options.policies.get(application);
    if (policy === undefined) return undefined;
    let served = this.#served.get(application);
    if (served === undefined) {
      served = this.#begin(application, policy);
      this.#served.set(application, served);
    }
    return await served;
  }

  async #begin(application: string, policy: Policy): Promise<Served> {
    const kept = (await this.#options.keeper?.read(application)) ?? null;
    const state = kept ?? { revision: 0, flags: new Map() };
    const served: Served = {
      current: this.#compiled(policy, state, kept?.knownAt ?? null, false),
      state,
      keptAt: kept?.knownAt ?? 0,
      subscription: null,
      listeners: new Set(),
      reading: null,
      again: false,
    };
    // Before it is read: what is committed in between is announced.
    await this.#listen(application, served);
    await this.#read(application, served);
    return served;
  }

  /** Without announcements it is read every other second all the same. */
  async #listen(application: string, served: Served): Promise<void> {
    if (served.subscription !== null) return;
    const subscription = this.#options.store.changes(application, () => void this.#read(application, served));
    served.subscription = subscription;
    await subscription.catch(() => {
      served.subscription = null;
    });
  }

  async #readAll(): Promise<void> {
    for (const [application, promise] of this.#served) {
      const served = await promise;
      await this.#listen(application, served);
      await this.#read(application, served);
    }
  }

  /** One read at a time, and one more when something was announced meanwhile. */
  async #read(application: string, served: Served): Promise<void> {
    if (served.reading !== null) {
      served.again = true;
      return await served.reading;
    }
    served.reading = this.#readUntilKnown(application, served).finally(() => {
      served.reading = null;
    });
    await served.reading;
  }

  async #readUntilKnown(application: string, served: Served): Promise<void> {
    do {
      served.again = false;
      await this.#readOnce(application, served);
    } while (served.again);
  }

  async #readOnce(application: string, served: Served): Promise<void> {
    const { policies, store, clock, keeper, logger } = this.#options;
    // A policy that was taken away is served on until the process ends: somebody still asks for it.
    const policy = policies.get(application) ?? served.current.policy;
    const before = served.current;
    try {
      const state = await store.read(application);
      const knownAt = clock.now();
      this.#storeAnswers();
      const isSame =
        before.knowledge === "fresh" && policy === before.policy && sameFlags(state, served.state);
      served.state = state;
      served.current = isSame ? { ...before, knownAt } : this.#compiled(policy, state, knownAt, true);
      if (keeper !== null && (!isSame || knownAt - served.keptAt >= KEEP_AGAIN)) {
        served.keptAt = knownAt;
        const { flags, revision } = state;
        await keeper
          .write(application, { flags, revision, knownAt })
          .catch((error) =>
            logger.warn({ application, err: error }, "flags cannot be kept for a start without the store"),
          );
      }
      if (!isSame) this.#tell(served);
    } catch (error) {
      this.#storeFailed(application, error);
      served.current = this.#compiled(policy, served.state, before.knownAt, false);
      // That they are stale changes nobody's value; that they are lost does.
      if (served.current.knowledge !== before.knowledge && served.current.knowledge === "lost")
        this.#tell(served);
    }
  }

  #compiled(
    policy: Policy,
    state: Pick<ApplicationState, "flags" | "revision">,
    knownAt: Instant | null,
    isFresh: boolean,
  ): ServedFlags {
    const knowledge = isFresh ? "fresh" : this.#knowledge(policy, knownAt);
    return { policy, set: compileFlags(policy.flags, state, knowledge), knowledge, knownAt };
  }

  #knowledge({ serving }: Policy, knownAt: Instant | null): Knowledge {
    if (knownAt === null) return "lost";
    return this.#options.clock.now() - knownAt < serving.maxStale ? "stale" : "lost";
  }

  #tell({ listeners, current }: Served): void {
    for (const listener of listeners) listener(current);
  }

  #storeAnswers(): void {
    if (this.#isAway) this.#options.logger.info({}, "flags are served as the store has them again");
    this.#isAway = false;
  }

  /** Said once: it is tried again every other second. */
  #storeFailed(application: string, error: unknown): void {
    if (!this.#isAway)
      this.#options.logger.warn({ application, err: error }, "flags are served as they were last known");
    this.#isAway = true;
  }
}

/** Of an event that moved no flag nobody has to be told. */
function sameFlags(
  { flags: a }: Pick<ApplicationState, "flags">,
  { flags: b }: Pick<ApplicationState, "flags">,
): boolean {
  if (a.size !== b.size) return false;
  for (const [key, { enabled, rolloutPercentage, quarantinedBy }] of a) {
    const other = b.get(key);
    if (
      other?.enabled !== enabled ||
      other.rolloutPercentage !== rolloutPercentage ||
      other.quarantinedBy !== quarantinedBy
    )
      return false;
  }
  return true;
}
