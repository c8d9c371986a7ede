import { colouredPanels } from "../../domain/generate/dashboard-panels.ts";
import type { Panel } from "../../domain/generate/panel.ts";
import type { Path } from "../../domain/lint/finding.ts";
import type { AlertSubject } from "../../domain/lint/subject.ts";
import type { Policy } from "../../domain/policy.ts";
import { nearest } from "../did-you-mean.ts";
import { isRecord, valueAt } from "../policy-draft.ts";
import { itemsAt, textAt } from "./raw-value.ts";

/**
 * What is certain of a policy although there are mistakes in it. Each of its mistakes is to be told at once, and
 * none that would be gone with another.
 */
export interface PolicyCertainty {
  /** As much of the policy as could be read; null when that is too little. */
  readonly policy: Policy | null;
  /** Where its mistakes are. */
  readonly mistakes: readonly Path[];
  /** Keys that are there once more: what is below the second one has not been read. */
  readonly duplicates: readonly Path[];
}

/** Whether there is a mistake at or below a path. */
export function isDoubtful({ mistakes }: PolicyCertainty, ...path: Path): boolean {
  return mistakes.some((mistake) => path.every((segment, index) => mistake[index] === segment));
}

const METRIC_NAME = /^[A-Za-z_:][A-Za-z0-9_:]*$/;

/** Whether every metric that the policy declares could be read; its expression is another matter. */
export function areMetricsComplete(raw: unknown, { mistakes, duplicates }: PolicyCertainty): boolean {
  const isElsewhere = mistakes.some(
    ([section = "", ...rest]) =>
      rest.length === 0 &&
      (nearest(String(section), ["metrics"]) !== undefined || declaresMetrics(valueAt(raw, [section]))),
  );
  if (isElsewhere || duplicates.some(([section]) => section === "metrics")) return false;
  const metrics = valueAt(raw, ["metrics"]);
  return metrics === undefined || (Array.isArray(metrics) && metrics.every(isMetric));
}

function declaresMetrics(section: unknown): boolean {
  return Array.isArray(section) && section.some((item) => valueAt(item, ["record"]) !== undefined);
}

function isMetric(metric: unknown): boolean {
  const record = valueAt(metric, ["record"]);
  return (
    typeof record === "string" &&
    METRIC_NAME.test(record) &&
    (typeof valueAt(metric, ["expr"]) === "string" || isCounted(metric))
  );
}

function isCounted(metric: unknown): boolean {
  return isRecord(valueAt(metric, ["ratio"])) || isRecord(valueAt(metric, ["latency"]));
}

/** The panels whose colours are certain: those of metrics that no doubtful alert is about. */
export function certainPanels(
  raw: unknown,
  certainty: PolicyCertainty,
  alerts: readonly AlertSubject[],
): Panel[] {
  const { policy } = certainty;
  if (policy === null || isDoubtful(certainty, "gates")) return [];
  const doubtful = itemsAt(raw, ["metrics"])
    .filter(({ path }) => isDoubtful(certainty, ...path))
    .map(({ value }) => textAt(value, ["record"]));
  const texts = alerts
    .filter(({ path, expr }) => expr.node === null || isDoubtful(certainty, ...path))
    .map(({ expr }) => expr.text);
  return colouredPanels(policy).filter(
    ({ metric }) => !doubtful.includes(metric) && !texts.some((text) => text.includes(metric)),
  );
}
