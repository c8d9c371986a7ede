import type { PropagationView, RollbackTimeline } from "../describe-rollback.ts";

export const REPORT_KINDS = ["stage", "day", "final", "incident", "daily"] as const;

export type ReportKind = (typeof REPORT_KINDS)[number];

export const REPORT_FORMATS = ["md", "html", "json"] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** A report as plain data: times are RFC 3339 in UTC, durations seconds, percentages 0 to 100. Texts are not escaped. */
export type Report = ProgressReport | IncidentReport;

interface ReportHead {
  /** What its files are called, without an extension: letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly application: string;
  readonly title: string;
  readonly heading: string;
  /** What the status rests on, in words. */
  readonly because: readonly string[];
  /** The time that it tells of. */
  readonly from: string;
  readonly to: string;
  readonly reportedAt: string;
  readonly preparedBy: string;
  readonly metrics: readonly MetricRow[];
  readonly charts: readonly ChartView[];
  readonly nextSteps: readonly NextStep[];
  readonly links: readonly ReportLink[];
  readonly contacts: readonly ReportContact[];
  /** What is not known, and why. */
  readonly unknown: readonly string[];
}

export type ProgressStatus =
  | "ON TRACK"
  | "AT RISK"
  | "ROLLED BACK"
  | "SUCCESS"
  | "PARTIAL"
  | "FAILED"
  | "NO ROLLOUT";

export interface ProgressReport extends ReportHead {
  readonly kind: Exclude<ReportKind, "incident">;
  readonly status: ProgressStatus;
  readonly rollout: RolloutFacts | null;
  /** Percent of users at the beginning of the time that it tells of, at its end, and at most. */
  readonly traffic: { readonly before: number; readonly after: number; readonly highest: number };
  /** Stages that it tells of. */
  readonly stages: readonly StageResult[];
  /** Rollbacks that began meanwhile. */
  readonly rollbacks: readonly RollbackFacts[];
  /** Whether one of them was begun by an alert, or by the gate. */
  readonly autoRollback: boolean;
  readonly issues: readonly Issue[];
  readonly decision: DecisionView | null;
  readonly progress: ProgressView | null;
  /** Whether all traffic has been stable for as long as the policy asks for; null: not asked. */
  readonly finalSuccess: { readonly met: boolean | null; readonly detail: string } | null;
  /** Alerts that fire when it is written; null: not known, or the time is over. */
  readonly firing: readonly FiringView[] | null;
}

export interface RolloutFacts {
  readonly id: string;
  readonly plan: string;
  readonly state: string;
  readonly attempt: number;
  readonly stages: number;
  readonly startedAt: string;
  readonly startedBy: string;
  readonly endedAt: string | null;
}

export interface StageResult {
  readonly stage: number;
  readonly name: string;
  readonly traffic: number;
  readonly result: "SUCCESS" | "RUNNING" | "HOLDING" | "PAUSED" | "FAILED" | "ABORTED";
  readonly deployedAt: string;
  readonly endedAt: string | null;
  readonly bakeSeconds: number;
  /** Of the bake, as much as good checks vouched for; null: not known. */
  readonly seenSeconds: number | null;
  /** Samples in the bake that decided, or in the one that goes on; null: they were not counted. */
  readonly checks: number | null;
  readonly checkEverySeconds: number;
  /** As its gate judged it last, from its worst criterion; null: it did not yet. */
  readonly verdict: Verdict | null;
  readonly issues: number;
}

type Verdict = "green" | "yellow" | "red";

export interface MetricRow {
  readonly metric: string;
  readonly label: string;
  readonly unit: "percent" | "milliseconds" | "count" | "ratio";
  /** At the end of the time; the average of it where the gate judges that. Null: not known. */
  readonly value: number | null;
  readonly verdict: Verdict | null;
  /** The worst of the time, series by series; null: not known. */
  readonly worst: number | null;
  readonly worstVerdict: Verdict | null;
  /** `< 0.1`; null: the policy says nothing. */
  readonly target: string | null;
  readonly threshold: string | null;
  readonly trend: "stable" | "increasing" | "decreasing" | null;
  /** Whether the gate of the stage judges it; else its target is another gate's, or the dashboard's. */
  readonly gated: boolean;
  /** Where the value is from: measured at the end of the time, or the gate's last check in it. */
  readonly from: "prometheus" | "alertmanager" | "ledger" | null;
  /** The same in words; why there is none. */
  readonly source: string;
  /** What the gate had counted of it last, and what that proves, in words; absent where it judges values. */
  readonly counted?: string;
}

export interface Issue {
  readonly at: string;
  readonly severity: "P0" | "P1" | "P2";
  readonly text: string;
  readonly resolution: "RESOLVED" | "MONITORING" | "INVESTIGATING";
  readonly resolvedAt: string | null;
}

export interface RollbackFacts {
  readonly id: string;
  readonly tier: string;
  readonly trigger: string;
  readonly startedAt: string;
  readonly endedAt: string | null;
  readonly status: string;
}

export interface DecisionView {
  /** `PROCEED to stage 2`, `HOLD at 5 %`, `ROLLBACK to 0 %` … */
  readonly decision: string;
  readonly at: string | null;
  readonly by: string | null;
  readonly rationale: string;
}

export interface NextStep {
  readonly text: string;
  /** When, at the earliest; null: it depends on somebody. */
  readonly at: string | null;
}

export interface ProgressView {
  readonly completed: number;
  readonly stages: number;
  readonly percent: number;
  readonly timeline: "on schedule" | "behind" | "ahead" | "stopped";
  /** How much behind or ahead; 0 otherwise. */
  readonly bySeconds: number;
  /** If everything stays green; null: nothing goes on. */
  readonly estimatedEnd: string | null;
}

export interface FiringView {
  readonly alert: string;
  readonly severity: string | null;
  readonly startsAt: string;
  readonly silenced: boolean;
}

/** Something over time. Where there is no data a value is null. */
export interface ChartView {
  /** In file names: letters, digits, `_` and `-`. */
  readonly id: string;
  readonly title: string;
  readonly unit: MetricRow["unit"];
  readonly shape: "steps" | "line";
  readonly from: string;
  readonly to: string;
  readonly points: readonly (readonly [at: string, value: number | null])[];
  readonly bounds: readonly {
    readonly kind: "green" | "red";
    readonly value: number;
    readonly text: string;
  }[];
  readonly marks: readonly {
    readonly kind: "stage" | "rollback";
    readonly at: string;
    readonly label: string;
  }[];
  /** Why there is nothing to see; null: there is. */
  readonly missing: string | null;
}

export interface ReportLink {
  readonly name: string;
  readonly url: string;
}

export interface ReportContact {
  readonly role: string;
  readonly name: string;
  readonly email: string | null;
  readonly escalation: string;
}

export interface IncidentReport extends ReportHead {
  readonly kind: "incident";
  readonly status: "VERIFYING" | "VERIFIED" | "UNVERIFIED" | "FAILED" | "ENDED";
  readonly rollback: Omit<RollbackTimeline, "events" | "propagation" | "verification" | "durations">;
  readonly alert: IncidentAlertView | null;
  readonly durations: readonly DurationRow[];
  readonly budgetSeconds: number;
  /** Null: it is not known yet. */
  readonly withinBudget: boolean | null;
  readonly timeline: readonly TimelineStep[];
  readonly flags: readonly FlagRow[];
  /** Percent of users; null: it turned nothing down. */
  readonly traffic: { readonly before: number; readonly after: number } | null;
  readonly propagation: PropagationView | null;
  readonly verification: readonly string[];
  readonly notDone: readonly NotDone[];
  readonly acknowledgements: readonly { readonly at: string; readonly by: string; readonly text: string }[];
  /** Flags of it that nobody may raise yet. */
  readonly quarantine: readonly string[];
}

export interface IncidentAlertView {
  readonly name: string;
  readonly startsAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly summary: string | null;
  readonly description: string | null;
  readonly runbook: string | null;
}

export interface DurationRow {
  readonly part: string;
  readonly what: string;
  /** Null: not known, or not there yet. */
  readonly seconds: number | null;
}

export interface TimelineStep {
  readonly at: string;
  /** Since the alert began to fire, or the rollback where none did. */
  readonly afterSeconds: number;
  readonly what: string;
  readonly by: string | null;
  readonly text: string;
}

export interface FlagRow {
  readonly flag: string;
  /** `100 %`, `off` */
  readonly before: string;
  readonly after: string;
}

export interface NotDone {
  readonly what: string;
  readonly why: string;
  /** Null: it is nothing that happens so many times. */
  readonly times: number | null;
}

/** There is nothing of that kind to report; the message says why, and what there is. */
export class NothingToReport extends Error {
  override readonly name = "NothingToReport";
}
