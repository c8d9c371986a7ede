import type { Check } from "./finding.ts";
import type { PromqlError } from "./promql.ts";
import { expressionsOf, type LintSubject } from "./subject.ts";

/** A check that tells the errors of one kind. */
export function promqlErrors(name: string, kind: PromqlError["kind"]): Check<LintSubject> {
  return {
    name,
    run(subject, report) {
      for (const { path, expr } of expressionsOf(subject)) {
        for (const { span, message, advice } of expr.errors.filter((error) => error.kind === kind))
          report({ severity: "error", path, span, message, advice });
      }
    },
  };
}
