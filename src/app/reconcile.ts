import type { Alert, FiringAlert } from "../domain/alert.ts";
import { isSettled } from "../domain/alert-case.ts";
import { isQuiet, keyOf, lastStartOf } from "../domain/alert-memory.ts";
import type { AlertCommand } from "../domain/command.ts";
import type { Policy } from "../domain/policy.ts";
import { asksWhetherUp } from "../domain/scrape-sight.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Duration, Instant } from "../domain/time.ts";
import { outcomeOf, tellOutcomes } from "./alert-outcome.ts";
import { listedBy, submitAsking } from "./ask-whether-firing.ts";
import { inParallel } from "./in-parallel.ts";
import type { Lanes } from "./lanes.ts";
import { keptLabels, labelOf } from "./outside-labels.ts";
import type { Policies } from "./policies.ts";
import type { ActiveAlert, AlertSource, Clock, Logger, Recorder, StateStore } from "./ports.ts";
import { Absences } from "./reconcile/absences.ts";
import { nameMatchers } from "./reconcile/name-matchers.ts";
import { timeRollback } from "./time-rollback.ts";
import type { AskWhyUnread } from "./why-unread.ts";

export interface ReconcileOptions {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly lanes: Lanes;
  readonly clock: Clock;
  readonly recorder: Recorder;
  readonly logger: Logger;
  /** Null: not configured. */
  readonly alerts: AlertSource | null;
  /** Asks whether the target of an alert answers and cannot be read; null: nobody can be asked. */
  readonly askWhyUnread: AskWhyUnread | null;
}

const EVERY: Duration = 30_000;
/** From one poll to the next, when somebody has asked for it. */
const HURRIED: Duration = 1_000;
/** An alert that came by webhook so shortly before we asked may not be in the answer yet. */
const SETTLED: Duration = 15_000;
/** How many applications are read, or decided on, at the same time. */
const AT_ONCE = 16;

type Asked = "Alertmanager" | "the store";

interface Held {
  readonly policy: Policy;
  readonly state: ApplicationState;
  /** By the application's time. */
  readonly askedAt: Instant;
}

/**
 * Webhooks are the fast path, and Alertmanager's own list the safety net: an alert that fired while we were down, or whose
 * rollback a store has lost, is acted on, and one that we hold as firing and that Alertmanager knows no more is ended. Any
 * number of responders may do so at once: what one has done leaves nothing to do for the others.
 */
export class Reconcile {
  readonly #options: ReconcileOptions;
  readonly #absences = new Absences();
  /** Of the last poll, each one's first. */
  #failed: Map<Asked, unknown> = new Map();
  #timer: NodeJS.Timeout | undefined;
  /** When the last poll began, by a clock that nobody sets. */
  #begunAt = Number.NEGATIVE_INFINITY;
  #isHurried = false;
  #running: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(options: ReconcileOptions) {
    this.#options = options;
  }

  start(): void {
    if (this.#options.alerts === null)
      this.#options.logger.info(
        {},
        "no Alertmanager is configured (ROLLGUARD_ALERTMANAGER_URL): what fired while this was down, or again after a silence, is not asked for",
      );
    else this.#running = this.#run();
  }

  /** Begins nothing more, and resolves when nothing is under way any more. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running;
  }

  /**
   * Somebody knows that something was missed: asks now rather than within 30 s. However many do, it is asked once for all of
   * them, and not again within a second.
   */
  hurry(): void {
    if (this.#isHurried || this.#isStopped) return;
    this.#isHurried = true;
    // Where a poll is under way, the next one follows it.
    if (this.#timer !== undefined) this.#schedule();
  }

  async #run(): Promise<void> {
    this.#timer = undefined;
    this.#isHurried = false;
    this.#begunAt = performance.now();
    await this.poll();
    if (!this.#isStopped) this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    const wait = this.#isHurried ? this.#begunAt + HURRIED - performance.now() : EVERY;
    this.#timer = setTimeout(() => {
      this.#running = this.#run();
    }, wait);
  }

  /** Asks once, and settles the difference. Never rejects: it is tried again. */
  async poll(): Promise<void> {
    const { alerts } = this.#options;
    if (alerts === null) return;
    const before = this.#failed;
    this.#failed = new Map();
    await this.#settle(alerts);
    this.#tellFailures(before);
  }

  async #settle(alerts: AlertSource): Promise<void> {
    // Read before asking: what resolves in between is not taken for something that was missed.
    const held = await this.#readAll();
    const active = await this.#ask(alerts, namesIn(this.#options.policies.all(), held));
    if (active === null) return;
    const firing = this.#firingOf(active);
    const known = new Set(active.map(keyOf));
    await inParallel(held, AT_ONCE, async (each) => {
      const { name } = each.policy.application;
      const over = this.#overIn(each, known);
      const now = this.#options.clock.now(name);
      const missed = missedIn(each, firing.get(name) ?? [], held);
      await this.#submit(each.policy, [
        ...missed.map((alert) => this.#commandFor(alert, each.policy, now)),
        ...over,
      ]);
    });
    await this.#redo(firing, held);
  }

  /** A store that has lost commits cannot be read, and takes what turns down: what it lost is done again. */
  async #redo(firing: ReadonlyMap<string, readonly Alert[]>, held: readonly Held[]): Promise<void> {
    const readable = new Set(held.map(({ policy }) => policy.application.name));
    const unreadable = [...firing].filter(([name]) => !readable.has(name));
    await inParallel(unreadable, AT_ONCE, async ([name, all]) => {
      const now = this.#options.clock.now(name);
      const alerts = all.filter((alert) => !isHeld(alert, held));
      const policy = this.#options.policies.get(name);
      if (policy === undefined) return;
      await this.#submit(
        policy,
        alerts.map((alert) => this.#commandFor(alert, policy, now)),
      );
    });
  }

  async #readAll(): Promise<readonly Held[]> {
    const { policies, store, clock } = this.#options;
    const all = await inParallel(policies.all(), AT_ONCE, async (policy): Promise<readonly Held[]> => {
      if (this.#isStopped) return [];
      const { name } = policy.application;
      const state = await this.#trying("the store", () => store.read(name));
      if (state === null) this.#absences.forget(name);
      return state === null ? [] : [{ policy, state, askedAt: clock.now(name) }];
    });
    return all.flat();
  }

  /** Null when there is no answer: it says nothing of what fires, and nothing of what does not. */
  async #ask(source: AlertSource, names: ReadonlySet<string>): Promise<readonly ActiveAlert[] | null> {
    const answer = await this.#trying("Alertmanager", async () => {
      const answers: (readonly ActiveAlert[])[] = [];
      for (const matcher of nameMatchers(names)) answers.push(await source.alerts(matcher));
      return answers.flat();
    });
    if (answer === null) this.#absences.forget();
    return answer;
  }

  /** Those that call for a rollback, by whom they are about: as for a webhook. */
  #firingOf(active: readonly ActiveAlert[]): ReadonlyMap<string, readonly Alert[]> {
    const { policies } = this.#options;
    const firing = new Map<string, Alert[]>();
    for (const each of active) {
      const alert = alertOf(each);
      const policy = policies.of(alert);
      if (policy === undefined || !policy.triggers.has(alert.name)) continue;
      // Whoever silenced it knows of it. What is inhibited is no less true.
      if (each.silenced && !policy.rollbacks.actOnSilenced) continue;
      const { name } = policy.application;
      const others = firing.get(name);
      if (others === undefined) firing.set(name, [alert]);
      else others.push(alert);
    }
    return firing;
  }

  /** What Alertmanager has not known for long enough, whatever silences say: those are still there. */
  #overIn({ policy, state, askedAt }: Held, known: ReadonlySet<string>): AlertCommand[] {
    const { name } = policy.application;
    const absent = new Map<string, FiringAlert>();
    for (const [key, alert] of [...state.alerts, ...state.kept])
      if (!known.has(key) && alert.receivedAt < askedAt - SETTLED && !isQuiet(state, key))
        absent.set(key, alert);
    const over = this.#absences.note(name, absent.keys(), askedAt);
    return [...absent]
      .filter(([key]) => over.has(key))
      .map(([, alert]) => commandFor(endOf(alert, lastStartOf(state, alert), name), askedAt));
  }

  #commandFor(alert: Alert, policy: Policy, now: Instant): AlertCommand {
    const command = commandFor(alert, now);
    const isAsked = this.#options.askWhyUnread !== null && asksWhetherUp(policy, alert.name);
    return isAsked ? { ...command, unread: "to be asked" } : command;
  }

  async #submit(policy: Policy, commands: readonly AlertCommand[]): Promise<void> {
    if (commands.length === 0 || this.#isStopped) return;
    const { lanes, recorder, askWhyUnread } = this.#options;
    const application = policy.application.name;
    const asking = { firing: null, unread: askWhyUnread };
    const decisions = await this.#trying("the store", () => submitAsking(lanes, asking, policy, commands));
    if (decisions === null) return;
    for (const { decision } of decisions) timeRollback(recorder, decision);
    const outcomes = decisions.map((decision, place) =>
      outcomeOf((commands[place] as AlertCommand).alert, application, decision),
    );
    for (const { revision, reason } of outcomes)
      if (revision !== null) recorder.reconciled(reason === "resolved" ? "ended" : "acted");
    tellOutcomes(this.#options, outcomes);
  }

  async #trying<T>(who: Asked, work: () => Promise<T>): Promise<T | null> {
    try {
      return await work();
    } catch (error) {
      if (!this.#failed.has(who)) this.#failed.set(who, error);
      return null;
    }
  }

  /** Once when it begins and once when it is over, and nothing of what our own end has cut short. */
  #tellFailures(before: ReadonlyMap<Asked, unknown>): void {
    if (this.#isStopped) return;
    const { logger } = this.#options;
    for (const [who, error] of this.#failed)
      if (!before.has(who))
        logger.warn({ err: error }, `what fires cannot be reconciled, and is tried again: ${who} failed`);
    for (const who of before.keys())
      if (!this.#failed.has(who)) logger.info({}, `what fires is reconciled again: ${who} answers`);
  }
}

/** Triggers, and what is waited for though its trigger has gone from the policy. */
function namesIn(policies: readonly Policy[], held: readonly Held[]): ReadonlySet<string> {
  const waiting = held.flatMap(({ state }) => [...state.alerts.values(), ...state.kept.values()]);
  return new Set([
    ...policies.flatMap(({ triggers }) => [...triggers.keys()]),
    ...waiting.map(({ name }) => name),
  ]);
}

/** Whom the address of a webhook named has what the alert itself may say of somebody else: it acts once. */
function missedIn(own: Held, firing: readonly Alert[], held: readonly Held[]): readonly Alert[] {
  const { policy, state } = own;
  const others = held.filter((other) => other !== own);
  return firing.filter((alert) => isNews(state, alert, policy) && !isHeld(alert, others));
}

/** What is quiet fires on. */
function isNews(state: ApplicationState, alert: Alert, { triggers }: Policy): boolean {
  const key = keyOf(alert);
  if (isQuiet(state, key)) return true;
  return !state.alerts.has(key) && !isSettled(state, alert, triggers.get(alert.name));
}

function isHeld(alert: Alert, by: readonly Held[]): boolean {
  const key = keyOf(alert);
  return by.some(({ state }) => state.alerts.has(key) || state.kept.has(key));
}

function commandFor(alert: Alert, receivedAt: Instant): AlertCommand {
  const evidence = { isFiring: true, by: listedBy("Alertmanager") };
  return { type: "alert", alert, actor: "reconcile", receivedAt, evidence };
}

function alertOf({ fingerprint, name, startsAt, labels, texts }: ActiveAlert): Alert {
  return {
    fingerprint,
    name,
    status: "firing",
    startsAt,
    application: labelOf(labels, "application"),
    job: labelOf(labels, "job"),
    labels: keptLabels(labels),
    ...(texts === undefined ? {} : { texts }),
  };
}

/** Of what is held as it is: it is no late news. */
function endOf({ fingerprint, name }: FiringAlert, startsAt: Instant, application: string): Alert {
  return { fingerprint, name, status: "resolved", startsAt, application, job: null, labels: {} };
}
