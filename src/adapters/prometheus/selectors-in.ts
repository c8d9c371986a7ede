import { parser } from "@prometheus-io/lezer-promql";
import type { Selector } from "../../app/ports.ts";

type SyntaxNode = ReturnType<typeof parser.parse>["topNode"];

interface Span {
  readonly from: number;
  readonly to: number;
}

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
      if (metric !== null) found.set(text, { metric, text });
    },
  });
  return isReadable ? [...found.values()] : [];
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
