import type { AlertRule, Trigger } from "./alert.ts";
import type { MetricCounts, VariantLabel } from "./counts.ts";
import type { FlagPolicies } from "./flag.ts";
import type { Gate } from "./gate.ts";
import type { MessageKind } from "./message.ts";
import type { CustomPlan, Plan } from "./plan.ts";
import type { TierName, TierPolicy } from "./tier.ts";
import type { Duration } from "./time.ts";

/** One policy file, checked: every name in it resolves. */
export interface Policy {
  readonly application: ApplicationPolicy;
  readonly scrape: ScrapePolicy;
  readonly metrics: readonly MetricPolicy[];
  readonly alerts: readonly AlertRule[];
  /** The alerts that call for a rollback, by alert name. */
  readonly triggers: ReadonlyMap<string, Trigger>;
  readonly tiers: Readonly<Record<TierName, TierPolicy>>;
  readonly flags: FlagPolicies;
  readonly plans: ReadonlyMap<string, Plan>;
  readonly customPlan: CustomPlan;
  readonly gates: ReadonlyMap<string, Gate>;
  readonly verify: VerifyPolicy;
  readonly rollout: RolloutPolicy;
  readonly rollbacks: RollbackLimits;
  readonly serving: ServingPolicy;
  readonly ledger: LedgerPolicy;
  readonly notifications: NotificationPolicy;
  readonly contacts: readonly Contact[];
}

export interface ApplicationPolicy {
  /** In URLs, store keys and the `application` label: `[A-Za-z0-9._-]+`. */
  readonly name: string;
  readonly title: string;
  /** Prometheus job whose alerts belong to this application when they carry no `application` label. */
  readonly job: string;
  readonly trafficFlag: string;
}

export interface ScrapePolicy {
  readonly interval: Duration;
  readonly timeout: Duration;
  readonly evaluationInterval: Duration;
  readonly targets: readonly ScrapeTarget[];
}

export interface ScrapeTarget {
  readonly job: string;
  readonly address: string;
  readonly metricsPath: string;
}

/** A recording rule with its unit, and what it means when it has no data. */
export interface MetricPolicy {
  readonly record: string;
  /** Of a metric with counts it is made of them. */
  readonly expr: string;
  readonly unit: "percent" | "milliseconds" | "count" | "ratio";
  readonly noData: "blind" | "ignore";
  /** What it is counted from; absent: nothing is known of how much its value rests on. */
  readonly counts?: MetricCounts;
  /** Absent: nothing tells treatment from control. */
  readonly by?: VariantLabel;
}

/** When a rollback counts as having helped. */
export interface VerifyPolicy {
  readonly startAfter: Duration;
  readonly checkEvery: Duration;
  readonly goodChecksInARow: number;
  readonly giveUpAfter: Duration;
  /** The gate whose red bounds say that it has not helped. */
  readonly gate: string;
}

export interface RolloutPolicy {
  readonly defaultPlan: string;
  /** The stage, counted from 1, at which `retry` starts again. */
  readonly retryFromStage: number;
  /** A Watchdog unseen for this long makes the application blind. */
  readonly watchdogTimeout: Duration;
  /** Whether the bake goes on where it was when we see again, or begins anew. */
  readonly afterBlindness: "continue" | "restart";
  /** The metrics that `--error-threshold` and `--latency-threshold` mean. */
  readonly thresholds: { readonly error: string; readonly latency: string };
  readonly finalSuccess: { readonly traffic: number; readonly stableFor: Duration; readonly gate: string };
}

export interface RollbackLimits {
  readonly stormBreaker: { readonly rollbacks: number; readonly within: Duration };
  readonly cooldown: Duration;
  /** An alert that has ended and fires again within it is the same one. */
  readonly holdDown: Duration;
  /** How many Alertmanagers form a cluster; 1: it is alone. */
  readonly alertmanagerPeers: number;
  /** Breach to rollback, at most: the budget that detection is linted against. */
  readonly maxTimeToRollback: Duration;
  /** Whether an alert that is silenced rolls back too when Alertmanager is asked what fires. */
  readonly actOnSilenced: boolean;
}

/** How much of its past a ledger keeps: what is older leaves, and so does what is not among the newest. */
export interface LedgerPolicy {
  readonly keepFor: Duration;
  readonly keepEvents: number;
}

export interface ServingPolicy {
  /** How long flags are served as last known while the store is away; then a flag stays on only where that is safe. */
  readonly maxStale: Duration;
}

export interface NotificationPolicy {
  readonly timeZone: string;
  /** Whether Alertmanager tells people of alerts that roll back, besides Rollguard. */
  readonly rollbacksToldBy: "both" | "rollguard";
  readonly slack: { readonly channel: string; readonly incidentChannel: string };
  readonly pagerduty: { readonly service: string; readonly resolveOn: PageResolvedOn };
  readonly email: { readonly to: readonly string[]; readonly dailySummaryAt: string };
  readonly routes: readonly NotificationRoute[];
  /** The one line that messages begin with, by what they tell of; the built-in one without. */
  readonly templates: ReadonlyMap<MessageKind, string>;
  readonly stakeholders: {
    /** Who hears of incidents; none: nobody is told as a stakeholder. */
    readonly to: readonly string[];
    readonly within: Duration;
    readonly every: Duration;
    readonly reportWithin: Duration;
  };
}

/** What resolves the page of a verified rollback: an operator's acknowledgement, the end of its alerts, or either. */
export const PAGE_RESOLVED_ON = ["acknowledged", "resolved", "either"] as const;

export type PageResolvedOn = (typeof PAGE_RESOLVED_ON)[number];

export interface NotificationRoute {
  /** An `Occasion`. */
  readonly on: string;
  readonly slack: boolean;
  /** Instead of the policy's; null: that one. */
  readonly slackChannel: string | null;
  readonly pagerduty: "no" | "error" | "critical";
  readonly email: "no" | "daily" | "now";
  readonly webhook: boolean;
}

export interface Contact {
  readonly role: string;
  readonly name: string;
  readonly email: string | null;
  readonly escalation: string;
}
