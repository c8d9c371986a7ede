import type { Command } from "../domain/command.ts";
import { nextCheckOf } from "../domain/decide-check.ts";
import { nextQuietOf, quietCommands } from "../domain/decide-resolved.ts";
import { nextLookAtRollback } from "../domain/decide-verify.ts";
import type { Evidence } from "../domain/evidence.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState, StateChange } from "../domain/state.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { VerifyEvidence } from "../domain/verification.ts";
import type { CommitsHeard } from "./hear-commits.ts";
import type { Lanes } from "./lanes.ts";
import { logDecision } from "./log-decision.ts";
import type { Policies } from "./policies.ts";
import type { Clock, Logger, Recorder, StateStore, Unsubscribe } from "./ports.ts";

export interface TickerOptions {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly logger: Logger;
  readonly gatherEvidence: (policy: Policy, state: ApplicationState) => Promise<Evidence>;
  readonly commits: Pick<CommitsHeard, "timeOf">;
  readonly gatherVerification: (policy: Policy, state: ApplicationState) => Promise<VerifyEvidence>;
}

/** How often it is asked what is due: what is due waits no longer than this. */
const TICK: Duration = 250;
/** Every application is read again this often, should an announcement have been lost. */
const READ_AGAIN: Duration = 30_000;
/** How many applications are looked at the same time. */
const AT_ONCE = 32;
/** After a failure. */
const TRY_AGAIN: Duration = 1_000;

interface Known {
  /** When a check is due; null: no rollout moves; undefined: to be read. */
  due: Instant | null | undefined;
  /** When it was read last, and before when it is left alone: by `performance.now()`, since the store's time may jump. */
  readAt: number;
  notBefore: number;
  busy: boolean;
  unsubscribe: Promise<Unsubscribe>;
}

/**
 * Moves rollouts and rollbacks on: looks at a stage, or at whether a rollback has helped, when a check of it is due, and
 * has what was seen decided under the lock. Any
 * number of responders may do so at once, since the first one's decision leaves nothing due for the others. It keeps
 * nothing: after a crash, or hours, it goes on from what the store says.
 */
export class Ticker {
  readonly #options: TickerOptions;
  readonly #known = new Map<string, Known>();
  readonly #running = new Set<Promise<void>>();
  #timer: NodeJS.Timeout | undefined;
  #storeIsAway = false;
  #first = 0;

  constructor(options: TickerOptions) {
    this.#options = options;
  }

  start(): void {
    this.#timer = setInterval(() => this.#tick(), TICK);
  }

  /** Resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await Promise.all(this.#running);
    await Promise.all([...this.#known.values()].map(unsubscribed));
    this.#known.clear();
  }

  #tick(): void {
    const { policies, clock } = this.#options;
    const time = performance.now();
    for (const policy of this.#inTurn(policies.all())) {
      if (this.#running.size >= AT_ONCE) return;
      const { name } = policy.application;
      const known = this.#know(name, time);
      if (known.busy || time < known.notBefore) continue;
      const isStale = known.due === undefined || time - known.readAt >= READ_AGAIN;
      if (!isStale && (typeof known.due !== "number" || known.due > clock.now(name))) continue;
      known.busy = true;
      const run = this.#look(policy, known).finally(() => {
        known.busy = false;
        this.#running.delete(run);
      });
      this.#running.add(run);
    }
  }

  /** Another one first each time: those that wait for a server that hangs must not keep all the others waiting. */
  #inTurn(policies: readonly Policy[]): readonly Policy[] {
    this.#first = (this.#first + 1) % Math.max(1, policies.length);
    return [...policies.slice(this.#first), ...policies.slice(0, this.#first)];
  }

  #know(application: string, time: number): Known {
    const found = this.#known.get(application);
    if (found !== undefined) return found;
    // Not all in the same moment, now and every time after.
    const readAt = time - Math.random() * READ_AGAIN;
    const unsubscribe = this.#subscribe(application);
    const known: Known = { due: undefined, readAt, notBefore: 0, busy: false, unsubscribe };
    this.#known.set(application, known);
    return known;
  }

  #subscribe(application: string): Promise<Unsubscribe> {
    const forget = (): void => {
      const known = this.#known.get(application);
      if (known === undefined) return;
      known.due = undefined;
      known.notBefore = 0;
    };
    const subscribed = this.#options.store.changes(application, forget);
    // What was committed while that was on its way has been announced to nobody here.
    void subscribed.then(forget, () => undefined);
    return subscribed;
  }

  async #look(policy: Policy, known: Known): Promise<void> {
    const { store, clock } = this.#options;
    try {
      const { name } = policy.application;
      // What commits from now on, here or elsewhere, makes it undefined again: what is read may not have it yet.
      known.due = null;
      const state = await store.read(name);
      known.readAt = performance.now();
      const now = clock.now(name);
      const look = nextLookAt(state, now);
      const quiet = nextQuietOf(state, policy);
      await this.#noteCommit(policy, state);
      if (quiet !== null && quiet <= now) await this.#endQuiet(policy, state, now);
      const next = look !== null && look <= now ? await this.#check(policy, state) : look;
      if (known.due === null) known.due = earlier(next, quiet);
      this.#storeIsThere();
    } catch (error) {
      this.#storeFailed(policy.application.name, error);
      known.due = undefined;
      known.notBefore = performance.now() + TRY_AGAIN;
    }
  }

  /** For the timeline, and not in the request that brought the alert. */
  async #noteCommit(policy: Policy, { rollback, verification }: ApplicationState): Promise<void> {
    if (rollback === null || verification === null || verification.committedAt !== null) return;
    const { commits, lanes } = this.#options;
    const at = commits.timeOf(rollback.id);
    if (at === undefined) return;
    await lanes.submit(policy.application.name, [{ type: "committed", rollback: rollback.id, at }]);
  }

  /** Alerts that came and went, and have been quiet for the hold-down. */
  async #endQuiet(policy: Policy, state: ApplicationState, now: Instant): Promise<void> {
    const { lanes, recorder, logger } = this.#options;
    const application = policy.application.name;
    for (const { decision, revision } of await lanes.submit(application, quietCommands(state, policy, now))) {
      const { reason, tier, detail } = decision;
      if (reason === null) continue;
      recorder.decided(reason, tier);
      logDecision(logger, "the clock has decided", decision, { application, reason, tier, detail, revision });
    }
  }

  /** @returns when the next one is due; undefined: that is to be read */
  async #check(policy: Policy, state: ApplicationState): Promise<Instant | undefined> {
    const { lanes, recorder, logger } = this.#options;
    const application = policy.application.name;
    const command = await this.#commandFor(policy, state);
    const [numbered] = await lanes.submit(application, [command]);
    if (numbered === undefined) return undefined;
    const { decision, revision } = numbered;
    if (decision.reason !== null) {
      const { reason, tier, detail } = decision;
      if (reason === "verified" && state.rollback !== null)
        recorder.rollbackTook(
          "verify",
          this.#options.clock.now(application) - (state.verification?.since ?? 0),
        );
      recorder.decided(reason, tier);
      const fields = { application, reason, tier, detail, revision };
      logDecision(logger, "the clock has decided", decision, fields);
    }
    return nextCheckIn(decision.changes);
  }

  /** A rollback is never open while a rollout is active. */
  async #commandFor(policy: Policy, state: ApplicationState): Promise<Command> {
    const { gatherEvidence, gatherVerification } = this.#options;
    if (nextLookAtRollback(state) === null)
      return { type: "check", evidence: await gatherEvidence(policy, state) };
    return { type: "verify", evidence: await gatherVerification(policy, state) };
  }

  #storeIsThere(): void {
    if (this.#storeIsAway) this.#options.logger.info({}, "rollouts and rollbacks move again");
    this.#storeIsAway = false;
  }

  /** Said once: it is tried again every second. */
  #storeFailed(application: string, error: unknown): void {
    if (!this.#storeIsAway)
      this.#options.logger.warn({ application, err: error }, "rollouts and rollbacks stand still");
    this.#storeIsAway = true;
  }
}

/** When the application is to be looked at next; null while nothing moves. */
function nextLookAt(state: ApplicationState, now: Instant): Instant | null {
  return nextLookAtRollback(state, now) ?? nextCheckOf(state, now);
}

function earlier(next: Instant | null | undefined, quiet: Instant | null): Instant | null | undefined {
  if (next === undefined || quiet === null) return next;
  return next === null ? quiet : Math.min(next, quiet);
}

/** Of what was noted; undefined when somebody else had looked already. */
function nextCheckIn(changes: readonly StateChange[]): Instant | undefined {
  for (const change of changes)
    if (change.kind === "bake" || change.kind === "verification") return change.value?.nextCheckAt;
  return undefined;
}

async function unsubscribed({ unsubscribe }: Known): Promise<void> {
  await (await unsubscribe)().catch(() => undefined);
}
