import type { Span } from "./finding.ts";
import {
  isNamedSelector,
  metricsOf,
  type NamedSelector,
  nodesIn,
  type Promql,
  type PromqlNode,
} from "./promql.ts";
import type { LintSubject } from "./subject.ts";

/** Prometheus' own, the responder's, and those of the exporters that every stack has. */
const BUILT_IN =
  /^(up|ALERTS|ALERTS_FOR_STATE)$|^(scrape|node|process|go|prometheus|alertmanager|rollguard)_/;

/** What is recorded, and what that is made of. */
export function knownMetrics({ kind, records }: LintSubject): Set<string> {
  const known = new Set(records.map(({ name }) => name));
  for (const { expr } of records)
    if (kind === "policy" && expr.node !== null) for (const metric of metricsOf(expr.node)) known.add(metric);
  return known;
}

/** Whether `knownMetrics` are all there are. What an unreadable expression is made of, nobody knows. */
export function areMetricsKnown({ kind, records, areRecordsComplete }: LintSubject): boolean {
  return areRecordsComplete && (kind === "rules" || records.every(({ expr }) => expr.node !== null));
}

export function isKnown(metric: string, known: ReadonlySet<string>): boolean {
  return known.has(metric) || BUILT_IN.test(metric);
}

/**
 * Names with dashes, which PromQL takes for subtractions. In a rule file nothing has to be declared, so there only
 * what looks like words, and like no metrics, is one.
 */
export function misreadNamesIn(
  expr: Promql,
  kind: LintSubject["kind"],
  known: ReadonlySet<string>,
): DashedName[] {
  return dashedNamesIn(expr).filter(
    ({ parts }) =>
      !parts.every((part) => isKnown(part, known)) && (kind === "policy" || parts.every(isBareWord)),
  );
}

export interface DashedName {
  readonly text: string;
  readonly parts: readonly string[];
  readonly span: Span;
}

/** Subtractions of bare names that are written without a space. */
function dashedNamesIn(expr: Promql): DashedName[] {
  const found: DashedName[] = [];
  for (const node of nodesIn(expr)) {
    const parts = subtracted(node);
    const text = parts.map(({ metric }) => metric).join("-");
    const { from, to } = node.span;
    if (parts.length < 2 || expr.text.slice(from, to) !== text) continue;
    // The outermost comes first and says it all.
    if (!found.some(({ span }) => isWithin(node.span, span)))
      found.push({ text, parts: parts.map(({ metric }) => metric), span: node.span });
  }
  return found;
}

function subtracted(node: PromqlNode): NamedSelector[] {
  if (isNamedSelector(node)) return [node];
  if (node.type !== "binary" || node.op !== "-") return [];
  return [...subtracted(node.left), ...subtracted(node.right)];
}

function isBareWord(name: string): boolean {
  return /^[A-Za-z0-9]+$/.test(name);
}

export function isWithin(inner: Span, outer: Span): boolean {
  return inner.from >= outer.from && inner.to <= outer.to;
}
