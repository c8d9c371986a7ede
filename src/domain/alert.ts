import type { TierName } from "./tier.ts";
import type { Duration, Instant } from "./time.ts";

/** One alert of a webhook body, after the edge has checked and capped it. */
export interface Alert {
  /** Hash of the labels: the same in every incident. */
  readonly fingerprint: string;
  readonly name: string;
  /** The alert's own status; the body's is computed after truncation and lies. */
  readonly status: "firing" | "resolved";
  readonly startsAt: Instant;
  /** It does not say when it began: `startsAt` is when it came. */
  readonly isUndated?: true;
  /** When it ended; absent while it fires, and where it does not say. */
  readonly endsAt?: Instant;
  /** The label `application`: whom the alert is about. */
  readonly application: string | null;
  /** The label `job`: what was scraped. */
  readonly job: string | null;
  /** All labels. Their names are outside text: read own keys only. */
  readonly labels: Readonly<Record<string, string>>;
  /** Absent where it says nothing. */
  readonly texts?: AlertTexts;
}

/** What an alert says of itself, for people: its annotations, as far as we know them. Null: it does not say. */
export interface AlertTexts {
  readonly summary: string | null;
  readonly description: string | null;
  readonly runbookUrl: string | null;
  readonly dashboardUrl: string | null;
}

/** An alert that fires, and that calls for a rollback. */
export interface FiringAlert {
  readonly fingerprint: string;
  readonly name: string;
  readonly tier: TierName;
  readonly startsAt: Instant;
  readonly receivedAt: Instant;
  /** It had resolved not long ago and came back: it ends when it has been quiet for the hold-down. Absent where it did not. */
  readonly flaps?: true;
}

/** Why an alert that calls for a rollback is waited for by none, though it fires. */
export const KEPT_WHY = ["unrelated", "acknowledged", "storm_breaker", "cooldown", "blind"] as const;

export type KeptWhy = (typeof KEPT_WHY)[number];

export interface KeptAlert extends FiringAlert {
  readonly why: KeptWhy;
}

/** How an alert that is waited for, or kept back, goes on: noted without an event, since nothing follows from it yet. */
export interface Pulse {
  /** The last beginning that came of it: it may have begun anew, and its end between have been lost. */
  readonly startsAt: Instant;
  /** Since when it is told to have resolved; null while it fires. It ends when it stays so for the hold-down. */
  readonly quietSince: Instant | null;
}

/** What is remembered of an alert that has ended. */
export interface EndedAlert {
  readonly startsAt: Instant;
  /** As whoever told it says. */
  readonly endedAt: Instant;
  /** When that was decided: the hold-down is counted from here. */
  readonly heardAt: Instant;
  /** The rollback that had waited for it; null when none did. */
  readonly rollback: string | null;
  /** An operator has acknowledged that rollback since, or the alert itself. */
  readonly acknowledged: boolean;
  /** The ledger tells already that late news of it came. */
  readonly isLateTold: boolean;
}

/** An alert rule of the policy, in Prometheus' own words. */
export interface AlertRule {
  readonly alert: string;
  /** With limits `$limit` stands for one of them, unless each has an expression of its own. */
  readonly expr: string;
  /** The metric that it is made of; absent: somebody has written the expression. */
  readonly condition?: AlertCondition;
  readonly for: Duration;
  readonly keepFiringFor: Duration | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** What `$limit` in `expr` stands for, by traffic: the first row whose `traffic` covers the current one. */
  readonly limits: readonly TrafficLimit[];
  readonly trigger: Trigger | null;
  /** Firing, it says that we cannot see: a rollout is held and people are paged, but nothing is rolled back. */
  readonly blind: boolean;
}

/** When an alert on a metric of the policy is true: beyond a limit in the metric's unit, or by its error budget. */
export type AlertCondition =
  | {
      readonly metric: string;
      readonly bad: "above" | "below";
      /** With limits by traffic it is the last one. */
      readonly limit: number;
    }
  /** The share of requests that must be good, in percent. */
  | { readonly metric: string; readonly slo: number };

export interface TrafficLimit {
  /** Percent of users, up to and including. */
  readonly traffic: number;
  readonly limit: number;
  /** What is judged instead of the alert's own expression, where it is made of a metric. */
  readonly expr?: string;
}

/** An alert that calls for a rollback. */
export interface Trigger {
  readonly alert: string;
  readonly tier: TierName;
  /** Flags that the tier turns off by name, with their children. */
  readonly flags: readonly string[];
  /** Whether the flags are to be found among those that were raised last; null: they are named. */
  readonly suspects: SuspectsPolicy | null;
}

/** Which flags an alert is blamed on. */
export interface SuspectsPolicy {
  /** How long before the alert began a flag may have been raised. */
  readonly window: Duration;
  /** How many are turned off at once; the next ones follow when that did not help. */
  readonly atOnce: number;
  /** Without a suspect: go on with the next tier, or only page. */
  readonly withoutSuspect: "act" | "page";
  /** How long the expression has been true when the alert begins: its `for`. */
  readonly pending: Duration;
}

/** Each once, for people. */
export function namesOf(alerts: ReadonlyMap<string, FiringAlert>): string {
  return [...new Set([...alerts.values()].map(({ name }) => name))].join(", ");
}
