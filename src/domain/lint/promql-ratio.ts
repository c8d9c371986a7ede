import type { Check, Path } from "./finding.ts";
import {
  type Comparison,
  comparisonsIn,
  isCallOf,
  isComparison,
  metricsOf,
  nodesIn,
  nodesOf,
  type Promql,
  type PromqlNode,
  wordsOfUnreadable,
} from "./promql.ts";
import type { LintSubject } from "./subject.ts";

/** Fires when there is little of something: the companion that tells of a divisor of 0. */
const LOW = ["==", "<", "<="];

/** Sizes that a machine has or has not; where they are, they are more than 0. */
const NEVER_ZERO = /_(bytes|limit|capacity)$/;

/**
 * 0/0 is NaN: no comparison with it holds, and it is not absent either. So a ratio whose divisor becomes 0
 * silences its alert, unless another alert watches the divisor or the expression drops the 0.
 */
export const promqlRatio: Check<LintSubject> = {
  name: "promql/ratio",
  run({ alerts, records }, report) {
    const watched = new Set(
      alerts.flatMap(({ expr }) => [
        ...comparisonsIn(nodesIn(expr))
          .filter(({ op }) => LOW.includes(op))
          .flatMap(plainMetrics),
        // Once it is mended it may well watch one of these.
        ...wordsOfUnreadable(expr),
      ]),
    );
    const check = (path: Path, expr: Promql): void => {
      const nodes = nodesIn(expr);
      const guarded = new Set([...watched, ...comparisonsIn(nodes).flatMap(plainMetrics)]);
      for (const node of nodes) {
        if (node.type !== "binary" || node.op !== "/") continue;
        const [divisor, ...more] = metricsOf(node.right);
        if (divisor === undefined || isNeverZero(node.right)) continue;
        if ([divisor, ...more].some((metric) => guarded.has(metric) || NEVER_ZERO.test(metric))) continue;
        report({
          severity: "warning",
          path: [...path, "expr"],
          span: node.right.span,
          message: `when ${divisor} is 0 this ratio is NaN, which fires no alert and is not absent either`,
          advice: `divide by (… > 0) and alert on absent(), or add an alert on ${divisor} == 0`,
        });
      }
    };
    // Whoever judges counts knows that there were none.
    for (const { path, expr, mayBeAbsent, isCounted } of records)
      if (!mayBeAbsent && isCounted === undefined) check(path, expr);
    for (const { path, expr } of alerts) check(path, expr);
  },
};

/** The metrics that are compared as they are; those of a ratio are NaN when it matters. */
function plainMetrics({ subject }: Comparison): string[] {
  return [...nodesOf(subject)].some((node) => node.type === "binary" && node.op === "/")
    ? []
    : [...metricsOf(subject)];
}

function isNeverZero(divisor: PromqlNode): boolean {
  return isComparison(divisor) || isCallOf(divisor, ["clamp_min"]);
}
