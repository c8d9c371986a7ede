import type { Policy } from "../../domain/policy.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Instant } from "../../domain/time.ts";
import type { Series, Span } from "./measure-series.ts";
import type { Measured } from "./metric-rows.ts";
import type { LedgerPart } from "./read-ledger.ts";
import type { FiringView, ReportLink } from "./report.ts";

/** All that a report is made of. */
export interface Material {
  readonly policy: Policy;
  readonly state: ApplicationState;
  readonly now: Instant;
  /** Percent of users now. */
  readonly trafficNow: number;
  readonly span: Span;
  /** From the beginning of the span on, up to now. */
  readonly ledger: LedgerPart;
  readonly measured: Measured;
  /** Null: not known. */
  readonly firing: readonly FiringView[] | null;
  readonly links: readonly ReportLink[];
  /** What the metrics of final success were since all traffic was there; null: not asked. */
  readonly sinceFull: ReadonlyMap<string, Series> | null;
}

/** What could not be had, in words, each once. */
export function unknownOf({ ledger, measured, firing }: Material): string[] {
  const missing = measured.reported.flatMap(({ metric }) => {
    const why = measured.series.get(metric)?.missing;
    return why ? [{ metric, why }] : [];
  });
  const reasons = [...new Set(missing.map(({ why }) => why))].map((why) => {
    const metrics = missing.filter((each) => each.why === why).map(({ metric }) => metric);
    return `no data for ${metrics.join(", ")}: ${why}`;
  });
  return [
    ...(ledger.lacking === null ? [] : [ledger.lacking]),
    ...reasons,
    ...(firing === null && measured.noAlerts !== null
      ? [`which alerts fire is not known: ${measured.noAlerts}`]
      : []),
  ];
}
