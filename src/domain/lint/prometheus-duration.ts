import { parseDuration } from "../time.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/** Prometheus refuses the whole file for one duration in other words than its own. */
export const prometheusDuration: Check<LintSubject> = {
  name: "prometheus/duration",
  run({ durations }, report) {
    for (const { path, text } of durations) {
      if (parseDuration(text) !== undefined) continue;
      report({
        severity: "error",
        path,
        message: `"${text}" is no duration`,
        advice: "write it as Prometheus does, from the largest unit to the smallest: 90s, 5m, 1h30m",
      });
    }
  },
};
