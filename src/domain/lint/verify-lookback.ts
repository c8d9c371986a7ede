import { formatDuration } from "../time.ts";
import type { Check, Path } from "./finding.ts";
import { lookBackOf } from "./look-back.ts";
import { nodesIn, type Promql, selectorsIn } from "./promql.ts";
import type { LintSubject } from "./subject.ts";

/**
 * What an average of five minutes says two minutes after a rollback is mostly of before it: a rollback that helped at once
 * would be given up, and the next tier tried.
 */
export const verifyLookback: Check<LintSubject> = {
  name: "verify/lookback",
  run({ alerts, records, queries, verification }, report) {
    if (verification === null) return;
    const { giveUpAfter, metrics, expressions } = verification;
    const told = new Set<string>();
    const check = (name: string, path: Path, expr: Promql): void => {
      const range = lookBackOf(expr);
      if (range < giveUpAfter || told.has(path.join())) return;
      told.add(path.join());
      report({
        severity: "error",
        path,
        message: `${name} looks back ${formatDuration(range)}, and verification gives up ${formatDuration(giveUpAfter)} after a rollback: until then it tells of before`,
        advice: `shorten the range, or set verify.giveUpAfter to more than ${formatDuration(range)}`,
      });
    };
    const checkMetrics = (names: readonly string[]): void => {
      for (const { name, path, expr } of records)
        if (names.includes(name)) check(name, [...path, "expr"], expr);
    };
    checkMetrics(metrics);
    for (const { path, expr } of queries)
      if (expressions.some((each) => each.join() === path.join())) check(String(path.at(-2)), path, expr);
    for (const { name, path, expr, rollback } of alerts) {
      if (rollback === null) continue;
      check(name, [...path, "expr"], expr);
      checkMetrics(selectorsIn(nodesIn(expr)).map(({ metric }) => metric));
    }
  },
};
