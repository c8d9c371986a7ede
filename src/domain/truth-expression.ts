import { ABSENT, isCallOf, isComparison, nodesOf, type PromqlNode } from "./lint/promql.ts";
import { type Duration, formatDuration } from "./time.ts";

/** How often a rule that waits is taken to be judged. */
const STEP: Duration = 15_000;

/**
 * PromQL of one number that says whether an alert is true, whatever its own series look like: 1 when it has been for as
 * long as it waits, 0 when it is not. Nothing where what it is made of has no number: that is not the same as false.
 */
export function truthExpression(expr: string, node: PromqlNode, wait: Duration): string {
  const seen = presenceOf(node, expr);
  // A line of its own for the parenthesis: the expression may end in a comment.
  const truth = `(count(${expr}\n) > bool 0 or ${seen === null ? "vector(0)" : `(${seen}) * 0`})`;
  if (wait === 0) return truth;
  const window = `${formatDuration(Math.max(wait, STEP))}:${formatDuration(STEP)}`;
  const held = `sum_over_time(${truth}[${window}]) >= bool ${Math.max(1, Math.floor(wait / STEP))}`;
  return seen === null ? held : `${held} and (${seen})`;
}

/** PromQL that has a value while a false expression is one that could be judged; null where that is always so. */
function presenceOf(node: PromqlNode, text: string): string | null {
  switch (node.type) {
    case "selector":
      return finite(node, text);
    case "wrapped":
      return presenceOf(node.inner, text);
    case "call":
      // What is absent has no series, and says so; a function of a range has a value where there are samples enough.
      if (ABSENT.includes(node.name)) return null;
      if (node.args.some(({ type }) => type === "wrapped")) return finite(node, text);
      return both(node.args.map((arg) => presenceOf(arg, text)));
    case "binary":
      if (node.op === "unless") return presenceOf(node.left, text);
      if (node.op === "or") return either(presenceOf(node.left, text), presenceOf(node.right, text));
      return both([node.left, node.right].map((side) => sideOf(node, side, text)));
    default:
      return null;
  }
}

/** A ratio is judged as a whole: of 0/0 both parts are there. */
function sideOf(node: PromqlNode, side: PromqlNode, text: string): string | null {
  const isRead = isComparison(node) && [...nodesOf(side)].some(({ type }) => type === "selector");
  return isRead && !filters(side) ? finite(side, text) : presenceOf(side, text);
}

/** Whether it may drop series though they are there. */
function filters(node: PromqlNode): boolean {
  return [...nodesOf(node)].some(
    (inner) =>
      isCallOf(inner, ABSENT) ||
      (inner.type === "binary" && ["and", "or", "unless"].includes(inner.op)) ||
      (isComparison(inner) && !inner.bool),
  );
}

/** NaN and infinities are no numbers to judge by: what is taken from itself leaves 0 of numbers only. */
function finite({ span }: PromqlNode, text: string): string {
  const part = text.slice(span.from, span.to);
  return `count((${part}) - (${part}) == 0)`;
}

function both(parts: readonly (string | null)[]): string | null {
  const needed = [...new Set(parts)].filter((part) => part !== null);
  if (needed.length < 2) return needed[0] ?? null;
  return needed.map((part) => `(${part})`).join(" and ");
}

function either(one: string | null, other: string | null): string | null {
  if (one === null || other === null) return null;
  return one === other ? one : `(${one}) or (${other})`;
}
