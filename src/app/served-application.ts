import { compileFlags, type FlagSet, type Knowledge } from "../domain/evaluate.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration, Instant } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import { type FlagKeeper, Keeping } from "./flag-keeping.ts";
import type { KnownCommit } from "./known-commit.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, StateStore, Unsubscribe } from "./ports.ts";
import { Rerun } from "./rerun.ts";

/** The flags of one application as they are served now. */
export interface ServedFlags {
  readonly policy: Policy;
  readonly set: FlagSet;
  readonly knowledge: Knowledge;
  /** When the store last answered; null: not since this process began, nor before it. */
  readonly knownAt: Instant | null;
}

export type FlagsListener = (served: ServedFlags) => void;

export interface ServedApplicationOptions {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Null: the store itself is on this disk. */
  readonly keeper: FlagKeeper | null;
}

/** A store that is silent for this long counts as away, whatever it allows itself. */
const READ_WITHIN: Duration = 3_000;
/** Two readings of one clock, or of those of two machines. */
const CLOCKS_DIFFER: Duration = 5_000;
const STOP_WITHIN: Duration = 1_000;
/** What is kept is written again this often, so that its age is told though nothing changes. */
const KEEP_AGAIN: Duration = 60_000;

type FlagStates = Pick<ApplicationState, "flags" | "revision">;

/** What is known of the flags of one application, and who is told when that changes. */
export class ServedApplication {
  readonly #name: string;
  readonly #options: ServedApplicationOptions;
  readonly #keeping: Keeping | null;
  readonly #listeners = new Set<FlagsListener>();
  readonly #reading = new Rerun(() => this.#read());
  #state: FlagStates = { revision: 0, flags: new Map() };
  #current: ServedFlags;
  #keptAt: Instant = 0;
  #keptCommit: KnownCommit | undefined;
  /** Null: announcements could not be had, and are asked for again with the next look. */
  #subscription: Promise<Unsubscribe | null> | null = null;
  #isAway = false;
  #isStopped = false;

  constructor(name: string, policy: Policy, options: ServedApplicationOptions) {
    const { keeper, logger } = options;
    this.#name = name;
    this.#options = options;
    this.#keeping = keeper === null ? null : new Keeping({ application: name, keeper, logger });
    this.#current = this.#compiled(policy, null, "lost");
  }

  get current(): ServedFlags {
    return this.#current;
  }

  /** Of what the store said last, which may be newer than what is served: not every event moves a flag. */
  get revision(): number {
    return this.#state.revision;
  }

  /** The flags as the store last said, or as they were kept; undefined when neither is there. */
  get lastKnown(): ApplicationState["flags"] | undefined {
    return this.#current.knownAt === null ? undefined : this.#state.flags;
  }

  /** Asks the store, and takes what is kept. @param patience who waits for longer is served what is known by then */
  async begin(patience: Duration): Promise<void> {
    const kept = this.#takeKept();
    void this.#listen();
    await patiently(patience, async () => {
      await this.#reading.again();
      if (this.#current.knowledge !== "fresh") await kept;
    });
  }

  /** A policy that was reloaded counts at once, and need not wait for the store. */
  use(policy: Policy): void {
    const { policy: before, knownAt, knowledge } = this.#current;
    if (policy === before) return;
    this.#current = this.#compiled(policy, knownAt, knowledge);
    this.#tell();
  }

  /** Asks the store again, and for its announcements where they are missing. Never rejects. */
  async look(): Promise<void> {
    await Promise.all([this.#listen(), this.#reading.again()]);
  }

  /** As `look`, for somebody who waits for it. */
  async lookWithin(patience: Duration): Promise<void> {
    await patiently(patience, () => this.#reading.again());
  }

  subscribe(listener: FlagsListener): () => void {
    // Its own object, so that a listener that comes twice can go once.
    const own: FlagsListener = (served) => listener(served);
    this.#listeners.add(own);
    return () => void this.#listeners.delete(own);
  }

  /** What is served stays as it is. A store or a disk that hangs is waited for, but not for ever. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#listeners.clear();
    await patiently(STOP_WITHIN, async () => {
      const unsubscribe = await this.#subscription;
      await unsubscribe?.().catch(() => undefined);
    });
    await patiently(STOP_WITHIN, () => this.#reading.idle());
    // A start without the store counts from here, not from up to a minute ago.
    const { knowledge, knownAt } = this.#current;
    if (knowledge === "fresh" && knownAt !== null && knownAt > this.#keptAt) this.#keep(knownAt);
    await patiently(STOP_WITHIN, async () => this.#keeping?.idle());
  }

  async #takeKept(): Promise<void> {
    const kept = (await this.#keeping?.read()) ?? null;
    if (kept === null) return;
    if (this.#current.knownAt === null) {
      // A clock that was ahead must not make them last for longer.
      const knownAt = Math.min(kept.knownAt, this.#options.clock.now(this.#name));
      this.#state = kept;
      this.#keptAt = knownAt;
      const { policy } = this.#current;
      this.#current = this.#compiled(policy, knownAt, this.#knowledge(policy, knownAt));
      this.#tell();
    } else this.#warnOfOlder(this.#state, kept);
  }

  /** Without announcements it is looked now and then all the same. */
  async #listen(): Promise<void> {
    if (this.#subscription !== null || this.#isStopped) return;
    const subscription = this.#options.store
      .changes(this.#name, () => void this.#reading.again())
      .catch(() => null);
    this.#subscription = subscription;
    // What was committed before anybody listened was announced to nobody.
    if ((await subscription) !== null) await this.#reading.again();
    else this.#subscription = null;
  }

  async #read(): Promise<void> {
    if (this.#isStopped) return;
    const { store, clock } = this.#options;
    const askedAt = clock.now(this.#name);
    const deadline = new Deadline(READ_WITHIN);
    try {
      this.#storeHas(await deadline.run("the store", () => store.read(this.#name)), askedAt);
    } catch (error) {
      this.#storeFailed(error);
    } finally {
      deadline.clear();
    }
  }

  #storeHas(state: ApplicationState, knownAt: Instant): void {
    if (this.#isAway) this.#options.logger.info({ application: this.#name }, "the store has the flags again");
    this.#isAway = false;
    const before = this.#current;
    const policy = this.#policy();
    this.#warnOfOlder(state, this.#state);
    const isSame = policy === before.policy && sameFlags(state, this.#state);
    this.#state = state;
    if (isSame && before.knowledge === "fresh") this.#current = { ...before, knownAt };
    else this.#current = this.#compiled(policy, knownAt, "fresh");
    // That they are not stale any more changes nobody's value: thousands of clients need not come for that.
    if (!isSame || before.knowledge === "lost") this.#tell();
    const isNew = !isSame || before.knowledge !== "fresh" || this.#isOther();
    if (isNew || knownAt - this.#keptAt >= Math.min(KEEP_AGAIN, policy.serving.maxStale / 4))
      this.#keep(knownAt);
  }

  #storeFailed(error: unknown): void {
    const { logger } = this.#options;
    // Said once: it is tried again every other second.
    if (!this.#isAway)
      logger.warn({ application: this.#name, err: error }, "flags are served as they were last known");
    this.#isAway = true;
    const before = this.#current;
    const policy = this.#policy();
    const knowledge = this.#knowledge(policy, before.knownAt);
    if (knowledge === before.knowledge && policy === before.policy) return;
    this.#current = this.#compiled(policy, before.knownAt, knowledge);
    if (knowledge === "lost")
      logger.warn(
        { application: this.#name },
        "flags are unknown for longer than serving.maxStale: on are only those that are safe",
      );
    // That they are stale changes nobody's value either; that they are lost does.
    if (knowledge === "lost" || policy !== before.policy) this.#tell();
  }

  #keep(knownAt: Instant): void {
    this.#keptAt = knownAt;
    const commit = this.#newest();
    this.#keptCommit = commit;
    const { revision, flags } = this.#state;
    this.#keeping?.keep({ revision, flags, knownAt, ...(commit === undefined ? {} : { commit }) });
  }

  /** What was kept would be missed after a restart, though what is there now was taken. */
  #isOther(): boolean {
    const [now, kept] = [this.#newest(), this.#keptCommit];
    return now?.epoch !== kept?.epoch || (now?.revision ?? 0) < (kept?.revision ?? 0);
  }

  #newest(): KnownCommit | undefined {
    return this.#options.store.newest?.(this.#name) ?? undefined;
  }

  /** Flags may come back on that were off: who began again from an older store is told so. */
  #warnOfOlder({ revision }: FlagStates, { revision: known }: FlagStates): void {
    if (revision >= known) return;
    this.#options.logger.warn(
      { application: this.#name, revision, known },
      "the store has an older revision than was kept from it: flags are served as the store has them",
    );
  }

  /** One that was taken away stays in force for those who still listen. */
  #policy(): Policy {
    return this.#options.policies.get(this.#name) ?? this.#current.policy;
  }

  #compiled(policy: Policy, knownAt: Instant | null, knowledge: Knowledge): ServedFlags {
    return { policy, set: compileFlags(policy.flags, this.#state, knowledge), knowledge, knownAt };
  }

  #knowledge({ serving }: Policy, knownAt: Instant | null): Knowledge {
    if (knownAt === null) return "lost";
    const age = this.#options.clock.now(this.#name) - knownAt;
    // A clock that was set back must not make what is known younger.
    return age > -CLOCKS_DIFFER && age < serving.maxStale ? "stale" : "lost";
  }

  #tell(): void {
    for (const listener of this.#listeners) {
      try {
        listener(this.#current);
      } catch (error) {
        this.#options.logger.error({ application: this.#name, err: error }, "a listener to flags failed");
      }
    }
  }
}

/** Waits for `work`, but not for longer: it goes on without anybody waiting. */
async function patiently(patience: Duration, work: () => Promise<unknown>): Promise<void> {
  const deadline = new Deadline(patience);
  await deadline.run("the store", work).catch(() => undefined);
  deadline.clear();
}

/** Of an event that moved no flag nobody has to be told. */
function sameFlags(
  { flags: a }: Pick<FlagStates, "flags">,
  { flags: b }: Pick<FlagStates, "flags">,
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
