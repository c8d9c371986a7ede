import { parser } from "@prometheus-io/lezer-promql";
import type { Selector } from "../../app/ports.ts";
import { type Duration, parseDuration } from "../../domain/time.ts";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

interface Span {
  readonly from: number;
  readonly to: number;
}

const RANGES = ["MatrixSelector", "SubqueryExpr"];

/** `offset` and `@`. */
const SHIFTED = ["OffsetExpr", "StepInvariantExpr"];

/**
 * The series that an expression reads as they are now, each selector once: what has an `offset` or an `@` is of another
 * time on purpose. None where the expression cannot be read: its server judges that.
 */
export function selectorsIn(expr: string): Selector[] {
  const found = new Map<string, Selector>();
  const shifted: Span[] = [];
  let isReadable = true;
  parser.parse(expr).iterate({
    enter: ({ node, type, name, from, to }) => {
      if (type.isError) isReadable = false;
      if (SHIFTED.includes(name)) shifted.push(shiftedBy(node));
      if (name !== "VectorSelector" || shifted.some((span) => span.from <= from && to <= span.to)) return;
      const metric = metricOf(node, expr);
      const text = expr.slice(from, to);
      if (metric === null) return;
      const range = Math.max(found.get(text)?.range ?? 0, rangeAround(node, expr));
      found.set(text, { metric, text, range });
    },
  });
  return isReadable ? [...found.values()] : [];
}

/** How far back it is read: a subquery of a range reads as far back as both. */
function rangeAround(selector: SyntaxNode, expr: string): Duration {
  let range = 0;
  for (let node: SyntaxNode | null = selector; node !== null; node = node.parent)
    if (RANGES.includes(node.name)) range += durationOf(node.getChild("DurationExpr"), expr);
  return range;
}

/** The sum of what is written in it: `5m`, and from Prometheus 3.4 on `5m + 30s` too. */
function durationOf(node: SyntaxNode | null, expr: string): Duration {
  const written = node === null ? "" : expr.slice(node.from, node.to);
  const parts = written.match(/[\d.]+[a-z\d]*/g) ?? [];
  return parts.reduce((sum, part) => sum + (parseDuration(part) ?? 1_000 * (Number(part) || 0)), 0);
}

/** The grammar takes `a / b offset 5m` for the offset of a quotient; it is that of what stands just before it. */
function shiftedBy(node: SyntaxNode): Span {
  let last = node.firstChild ?? node;
  while (["BinaryExpr", "UnaryExpr"].includes(last.name) && last.lastChild !== null) last = last.lastChild;
  return last;
}

/** Null where no one name is fixed. */
function metricOf(node: SyntaxNode, expr: string): string | null {
  const identifier = node.getChild("Identifier");
  if (identifier !== null) return expr.slice(identifier.from, identifier.to);
  const quoted = node.getChild("LabelMatchers")?.getChild("QuotedLabelName") ?? null;
  return quoted === null ? null : expr.slice(quoted.from + 1, quoted.to - 1);
}
