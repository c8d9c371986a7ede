import type { Check } from "./finding.ts";
import { comparisonsIn, isComparison, type PromqlNode } from "./promql.ts";
import { isShare } from "./ratio-windows.ts";
import type { LintSubject } from "./subject.ts";

/**
 * Of few requests a single one that failed is a large share: at night the ratio is over any limit. A floor in the number that
 * failed keeps it from rolling back.
 */
export const alertsLowTraffic: Check<LintSubject> = {
  name: "alerts/low-traffic",
  run({ alerts, records }, report) {
    for (const { name, path, expr, rollback, isFloored } of alerts) {
      if (rollback === null || isFloored || expr.node === null) continue;
      for (const alternative of partsOf(expr.node, "or")) {
        const conditions = partsOf(alternative, "and");
        const shares = conditions.filter((node) => isComparison(node) && isShare(node, records));
        const hasFloor = conditions.some((node) => isComparison(node) && !isShare(node, records));
        const [comparison] = comparisonsIn(shares);
        if (comparison === undefined || hasFloor) continue;
        report({
          severity: "warning",
          path: [...path, "expr"],
          span: comparison.span,
          message: `with few requests one of them is enough for ${name}: its ratio has no floor`,
          advice:
            "give the metric a ratio or a latency, and the alert metric: and above:; or demand a number that failed too, with `and`",
        });
      }
    }
  },
};

/** What is joined by an operator. */
function partsOf(node: PromqlNode, op: "and" | "or"): PromqlNode[] {
  return node.type === "binary" && node.op === op
    ? [...partsOf(node.left, op), ...partsOf(node.right, op)]
    : [node];
}
