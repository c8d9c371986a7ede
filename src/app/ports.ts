import type { AlertTexts } from "../domain/alert.ts";
import type { EventBody, LedgerEvent } from "../domain/event.ts";
import type { RouteSubject } from "../domain/lint/alertmanager.ts";
import type { Channel, Message } from "../domain/message.ts";
import type { Reason } from "../domain/reason.ts";
import type { RolloutOutcome } from "../domain/rollout.ts";
import type { ApplicationState, StateChange } from "../domain/state.ts";
import type { TierName } from "../domain/tier.ts";
import type { Duration, Instant } from "../domain/time.ts";
import type { KnownCommit } from "./known-commit.ts";
import type { Outbox } from "./outbox.ts";

/** State, events and outbox of every application. One contract suite (test/contract) holds for all of them. */
export interface StateStore {
  /** `redis` or `embedded`. */
  readonly kind: string;

  /**
   * The state as last committed. The caller owns what it gets.
   * @throws RollguardError `store_unavailable`
   */
  read(application: string): Promise<ApplicationState>;

  /**
   * Runs `work` under the application's lock and commits what it returns: all of it, or nothing.
   * `work` is pure and synchronous, sees the newest state for the length of the call only, and is run again
   * when the lock was lost meanwhile. It is handed the store's time, which all responders share and which is never behind what
   * was committed before: every instant in the state comes from there. Work without events may only note (`isNote`): the revision stays, and nothing is
   * announced; without that too it commits nothing.
   * The promise resolves when the commit is as durable as the store can make it.
   * @throws RollguardError `store_unavailable`, `lock_timeout`
   */
  transact<W extends Work>(
    application: string,
    work: (state: ApplicationState, now: Instant) => W,
  ): Promise<Committed<W>>;

  /**
   * The ledger in order and without gaps, from the event behind `after`, or from the first one that is kept.
   * @throws RollguardError `store_unavailable`
   */
  events(application: string, page: EventPage): Promise<LedgerEvent[]>;

  /**
   * How far back the ledger goes.
   * @throws RollguardError `store_unavailable`
   */
  ledger(application: string): Promise<Ledger>;

  /**
   * Takes the oldest events out of the ledger, up to and with revision `upTo` but never the newest one. It takes no more
   * at once than others can wait for: call it again for the rest. Where the store has an archive they are in it for good
   * before they leave. Any number of processes may do so at once.
   * @returns the ledger as it is now; with the same `first` as before when nothing could leave
   * @throws RollguardError `store_unavailable`, `lock_timeout`; what could not be archived is still there
   */
  trim(application: string, upTo: number): Promise<Ledger>;

  readonly outbox: Outbox;

  /** The time that transactions are handed, without asking the store: as its last answers have told it. */
  readonly clock: Clock;

  /** How far that is ahead of this machine's clock, where it differs most; null while nothing is known of it. */
  skew(): Duration | null;

  /**
   * Calls back after each commit, from whichever process it came. Where the store is away it begins when that is back.
   * Announcements may be lost with the connection: whoever must not miss one reads again. The embedded store announces the
   * commits of its own process only.
   */
  changes(application: string, listener: ChangeListener): Promise<Unsubscribe>;

  /**
   * Answers when the store does. For an application it also tries all that a commit does, on keys of its own: nobody
   * sees a difference, and who waits for a lock is not waited for.
   * @throws RollguardError `store_unavailable`, with why a commit would fail
   */
  ping(application?: string): Promise<void>;

  /**
   * The newest commit that is known here; null without any history. Only of stores that can lose what they acknowledged.
   */
  newest?(application: string): KnownCommit | null;

  /**
   * Goes on where data was lost: `work` sees what is left, and is committed with it; what does not belong together is set
   * aside. Until then, and when it fails, everything else is refused.
   * @returns null when nothing was lost: nothing was done
   * @throws RollguardError `store_unavailable`, `lock_timeout`
   */
  acceptLoss?<W extends Work>(
    application: string,
    work: (state: ApplicationState, now: Instant) => W,
  ): Promise<Committed<W> | null>;

  close(): Promise<void>;
}

/** What a transaction wants written. The events get the revisions behind the state's, one each, in their order. */
export interface Work {
  readonly changes: readonly StateChange[];
  readonly events: readonly EventBody[];
  readonly messages: readonly Message[];
}

export interface Committed<W extends Work> {
  readonly work: W;
  /** The revision that the committed `work` started from. */
  readonly base: number;
  /** The revision now: `base` plus the number of events. */
  readonly revision: number;
}

export interface Ledger {
  /** Revision of the oldest event that is kept; null before the first event. */
  readonly first: number | null;
  /** Revision of the newest one; 0 before the first event. */
  readonly last: number;
  /** How many have left: those up to this revision, since there are no gaps. */
  readonly trimmed: number;
  /** Where they are, below the data directory; null where they are gone. */
  readonly archive: string | null;
}

export interface EventPage {
  readonly after?: number;
  readonly limit: number;
}

/** Told the new revision, or null when some may have been missed: what is known may be old. */
export type ChangeListener = (revision: number | null) => void;

export type Unsubscribe = () => Promise<void>;

/** Prometheus. Everything throws RollguardError `source_unavailable` when it cannot be had. */
export interface MetricsSource {
  /**
   * The value of each series of an instant query, NaN left out.
   * A warning of the server means that the answer may not be whole.
   */
  query(expr: string): Promise<MetricAnswer>;
  /** The same over time, asked at `from`, then every `step`, up to `to`; all three in whole milliseconds. */
  queryRange(expr: string, range: TimeRange): Promise<RangeAnswer>;
  /** Everything that it scrapes. */
  targets(): Promise<readonly TargetHealth[]>;
  /**
   * The rules that it has loaded, in their order.
   * @param names the only groups of interest; an old server tells the others too
   * @param within what has not answered by then is not asked again; without, it is waited for as for everything
   */
  ruleGroups(names?: readonly string[], within?: Duration): Promise<readonly LoadedRuleGroup[]>;
  /** An expression in the server's own layout: two that mean the same to its parser become the same text. */
  format(expr: string): Promise<string>;
  /** What an expression reads of now; nobody is asked. None where that cannot be told. */
  selectorsIn(expr: string): readonly Selector[];
  /**
   * The expression without its comparisons: each becomes a difference, so that it has a number where there is data, whether or
   * not the comparison holds. Nobody is asked. Null where it cannot be read.
   */
  uncompared(expr: string): string | null;
}

/** Prometheus' samples as they were scraped, for whoever counts. */
export interface RawSource {
  /**
   * What each selector matched, in their order, asked with as few questions as can be. Never throws: a failure is the
   * answer of those that it concerns.
   */
  rawSamples(selectors: readonly RawSelector[], window: RawWindow): Promise<readonly RawAnswer[]>;
}

export interface RawSelector {
  /** Prometheus' own, without a range: `errors_total{job="shop"}`. Of a histogram its name without `_bucket`. */
  readonly selector: string;
  /**
   * Of a histogram, classic or native: only the classic buckets with these bounds, in seconds, and the one that has
   * none; absent: it is a counter.
   */
  readonly buckets?: readonly number[] | "all";
}

/** Samples not older than `back` before `to`, and none after `to`. */
export interface RawWindow {
  readonly to: Instant;
  readonly back: Duration;
}

export type RawAnswer =
  | { readonly series: readonly RawSeries[]; readonly warnings: readonly string[] }
  | { readonly failure: string };

export interface RawSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** The oldest first. */
  readonly samples: readonly RawSample[];
  /** Those of a native histogram, the oldest first. */
  readonly histograms: readonly RawHistogram[];
}

export interface RawSample {
  readonly at: Instant;
  readonly value: number;
}

export interface RawHistogram {
  readonly at: Instant;
  readonly count: number;
  /** Those with something in them, in their order; bounds may be infinite. */
  readonly buckets: readonly { readonly lower: number; readonly upper: number; readonly count: number }[];
}

/** The series of one metric that an expression reads. */
export interface Selector {
  readonly metric: string;
  /** As it stands in the expression, without its range: `up{job="genesis"}`. */
  readonly text: string;
  /** How far back it is read, subqueries around it included; 0: as it is now. */
  readonly range: Duration;
}

export interface MetricAnswer {
  readonly values: readonly number[];
  /** How many series were NaN; none without. */
  readonly nan?: number;
  readonly warnings: readonly string[];
}

export interface TimeRange {
  readonly from: Instant;
  readonly to: Instant;
  readonly step: Duration;
}

export interface RangeAnswer {
  /** Of each series what there is, the oldest first; NaN left out. */
  readonly series: readonly (readonly { readonly at: Instant; readonly value: number }[])[];
  readonly warnings: readonly string[];
}

export interface TargetHealth {
  readonly job: string;
  readonly instance: string;
  readonly up: boolean;
  /** Empty when the last scrape succeeded. */
  readonly lastError: string;
}

export interface LoadedRuleGroup {
  readonly name: string;
  /** How often it is evaluated. */
  readonly interval: Duration;
  readonly rules: readonly LoadedRule[];
}

export interface LoadedRule {
  readonly kind: "record" | "alert";
  readonly name: string;
  /** As Prometheus prints it, which is not as it was written. */
  readonly expr: string;
  /** 0 for a recording rule. */
  readonly for: Duration;
  readonly labels: Readonly<Record<string, string>>;
  /** What its last evaluation failed of; absent when it did not. */
  readonly failure?: string;
}

/** Alertmanager. Everything throws RollguardError `source_unavailable` when it cannot be had. */
export interface AlertSource {
  /**
   * The alerts that fire, silenced and inhibited ones too.
   * @param matcher only those that it fits, in Alertmanager's own words: `application="genesis"`
   */
  alerts(matcher?: string): Promise<readonly ActiveAlert[]>;
  /** The configuration that it has loaded, as far as it says who hears of what. */
  configuration(): Promise<LoadedConfiguration>;
}

export interface ActiveAlert {
  /** Hash of the labels: the one that webhooks bring. */
  readonly fingerprint: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** What the alert says of itself; empty when it says nothing. */
  readonly summary: string;
  /** The rest of it, for people; absent when it says nothing. */
  readonly texts?: AlertTexts;
  readonly startsAt: Instant;
  readonly silenced: boolean;
  readonly inhibited: boolean;
}

export interface LoadedConfiguration {
  readonly route: RouteSubject;
  readonly receivers: readonly LoadedReceiver[];
}

export interface LoadedReceiver {
  readonly name: string;
  /** `slack_configs`, `webhook_configs` …: those that have at least one entry. */
  readonly integrations: readonly string[];
  /** The address of each webhook, without user, password and query; null when Alertmanager keeps it secret. */
  readonly webhooks: readonly (string | null)[];
}

export interface Clock {
  /** @param application whose instants it is compared with: a store may have a clock for each */
  now(application?: string): Instant;
}

/** What a store tells of itself while it works. Times in seconds. */
export interface StoreObserver {
  lockWaited(seconds: number): void;
  transacted(seconds: number): void;
  /** A lock was held by somebody else, or a commit was refused. */
  conflicted(): void;
}

/**
 * `detect`: from the alert's start until it came; `decide`: until its tier was decided under the lock; `commit`: until the
 * store had it; `verify`: from the decision until it was known to have helped; `propagate`: from the commit until every
 * connected client of this responder had asked for the new flags.
 */
export type RollbackPhase = "detect" | "decide" | "commit" | "verify" | "propagate";

/**
 * `failed`: the service is away, and it is tried again; `refused`: it fails until somebody changes something; `dead`: it was
 * given up after a day.
 */
export type NotificationOutcome = "delivered" | "failed" | "refused" | "dead";

/** What use cases count. */
export interface Recorder {
  alertReceived(status: "firing" | "resolved" | "invalid"): void;
  decided(reason: Reason, tier: TierName | null): void;
  /** Alertmanager has left so many out of a body. */
  alertsTruncated(count: number): void;
  /** The webhook's address names another application than the alert itself. */
  alertMisaddressed(): void;
  /** @param took milliseconds */
  rollbackTook(phase: RollbackPhase, took: Duration): void;
  rollbackJudged(tier: TierName, outcome: "verified" | "unverified" | "escalated" | "failed"): void;
  /** Alertmanager's own list made a difference. */
  reconciled(outcome: "acted" | "ended"): void;
  rolloutEnded(outcome: RolloutOutcome): void;
  /** A message went out, or did not. */
  notified(channel: Channel, outcome: NotificationOutcome): void;
  watchdogHeard(application: string, at: Instant): void;
}

export interface Logger {
  debug(fields: object, message: string): void;
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
