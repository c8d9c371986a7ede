import type { Panel } from "../generate/panel.ts";
import type { Duration } from "../time.ts";
import type { Path } from "./finding.ts";
import type { Promql } from "./promql.ts";

/** An alert as it is written in a policy or in a Prometheus rule file. */
export interface AlertSubject {
  readonly name: string;
  /** Of the whole entry; `expr`, `for` and `labels` lie below it. */
  readonly path: Path;
  readonly expr: Promql;
  /** Null when it cannot be read. Prometheus' own default is 0. */
  readonly for: Duration | null;
  readonly labels: ReadonlyMap<string, string>;
  readonly annotations: ReadonlyMap<string, string>;
  /** What `$limit` in the expression stands for, from the least traffic to all of it. */
  readonly limits: readonly number[];
  /** Calls for a rollback: the key `rollback` of a policy, the label `rollback` of a rule file. */
  readonly rollback: string | null;
  readonly blind: boolean;
  /** Made of a metric that counts its requests: a few of them are not enough. */
  readonly isFloored: boolean;
  /** How often its group is judged, when that is known. */
  readonly evaluationInterval: Duration | null;
}

export interface RecordSubject {
  readonly name: string;
  readonly path: Path;
  readonly expr: Promql;
  /** Its absence is said to mean nothing. */
  readonly mayBeAbsent: boolean;
  /** Counted from what `expr` selects: the expression that is recorded is made of it. */
  readonly isCounted?: true;
}

/** PromQL of neither an alert nor a recording rule: a gate's. */
export interface QuerySubject {
  readonly path: Path;
  readonly expr: Promql;
}

/** Where a gate is green: `value` is the bound. */
export interface GateBound {
  readonly metric: string;
  readonly value: number;
}

/** A gate, and whether it judges anything of the application itself. */
export interface JudgeSubject {
  readonly name: string;
  /** Of what it is made of: itself, or the alerts that it is derived from. */
  readonly path: Path;
  readonly judgesMetric: boolean;
}

/** The label with which a metric's counters tell treatment from control. */
export interface VariantSubject {
  readonly label: string;
  readonly path: Path;
}

/** What says whether a rollback has helped, and for how long it is waited for. */
export interface VerificationSubject {
  readonly giveUpAfter: Duration;
  /** The gate's metrics whose values are judged, one look at a time. */
  readonly metrics: readonly string[];
  /** Where expressions of such criteria are, that are no metrics of the policy. */
  readonly expressions: readonly Path[];
}

export interface ScrapeSubject {
  /** Of the timeout. */
  readonly path: Path;
  readonly interval: Duration;
  readonly timeout: Duration;
}

/** A policy, a Prometheus rule file or a Prometheus configuration, as far as it could be read. */
export interface LintSubject {
  readonly kind: "policy" | "rules";
  readonly alerts: readonly AlertSubject[];
  readonly records: readonly RecordSubject[];
  /** Whether `records` is all that is declared; not where a part of them could not be read. */
  readonly areRecordsComplete: boolean;
  readonly queries: readonly QuerySubject[];
  readonly gates: readonly GateBound[];
  readonly judges: readonly JudgeSubject[];
  readonly variants: readonly VariantSubject[];
  /** Null where it is not known. */
  readonly verification: VerificationSubject | null;
  readonly groups: readonly { readonly name: string; readonly path: Path }[];
  readonly scrapes: readonly ScrapeSubject[];
  /** Whatever Prometheus reads as a duration, as it is written. */
  readonly durations: readonly { readonly path: Path; readonly text: string }[];
  /** What detection may take; null where nobody has said. */
  readonly budget: DetectionBudget | null;
  readonly panels: readonly Panel[];
  /** `; did you mean "x"?` or nothing. */
  didYouMean(name: string, known: Iterable<string>): string;
}

export interface DetectionBudget {
  readonly scrapeInterval: Duration;
  readonly evaluationInterval: Duration;
  /** Of the route that reaches the responder. */
  readonly groupWait: Duration;
  readonly maxTimeToRollback: Duration;
}

/** Every written expression with the place it is written at. */
export function expressionsOf({ alerts, records, queries }: LintSubject): QuerySubject[] {
  const rules = [...records, ...alerts].map(({ path, expr }) => ({ path: [...path, "expr"], expr }));
  return [...rules, ...queries];
}
