import type { Check } from "./finding.ts";
import { ABSENT, isComparisonOp, nodesOf, type PromqlNode } from "./promql.ts";
import type { LintSubject } from "./subject.ts";

/**
 * An expression without a condition gives a value whenever its metric exists, so the alert fires all the time.
 * One that reads no metric at all, such as a Watchdog's `vector(1)`, is meant to.
 */
export const promqlComparison: Check<LintSubject> = {
  name: "promql/comparison",
  run({ alerts }, report) {
    for (const { path, expr, rollback } of alerts) {
      if (expr.node === null || isConditional(expr.node)) continue;
      if (rollback === null && ![...nodesOf(expr.node)].some(({ type }) => type === "selector")) continue;
      report({
        severity: rollback === null ? "warning" : "error",
        path: [...path, "expr"],
        span: expr.node.span,
        message: "has no condition: it fires whenever there is any data",
        advice: "compare it with a limit, e.g. `… > 1`; with `bool` a comparison drops nothing",
      });
    }
  },
};

/** Whether there can be data for which it gives nothing. */
function isConditional(node: PromqlNode): boolean {
  switch (node.type) {
    case "wrapped":
      return isConditional(node.inner);
    case "call":
      return ABSENT.includes(node.name) || node.args.some(isConditional);
    case "binary":
      if (isComparisonOp(node.op)) return !node.bool;
      if (node.op === "unless") return true;
      // What either side lets through, `or` lets through.
      if (node.op === "or") return isConditional(node.left) && isConditional(node.right);
      return isConditional(node.left) || isConditional(node.right);
    default:
      return false;
  }
}
