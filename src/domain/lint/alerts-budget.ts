import { formatDuration } from "../time.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/** A breach must be seen and told before it can be rolled back, and the policy says how long that may take. */
export const alertsBudget: Check<LintSubject> = {
  name: "alerts/detection-budget",
  run({ alerts, budget }, report) {
    if (budget === null) return;
    const { scrapeInterval, evaluationInterval, groupWait, maxTimeToRollback } = budget;
    for (const { name, path, for: wait, rollback } of alerts) {
      if (rollback === null || wait === null) continue;
      const time = scrapeInterval + evaluationInterval + wait + groupWait;
      if (time <= maxTimeToRollback) continue;
      const parts = [scrapeInterval, evaluationInterval, wait, groupWait].map(formatDuration);
      report({
        severity: "error",
        path: [...path, "for"],
        message: `${name} reaches its rollback after ${formatDuration(time)}, and rollbacks.maxTimeToRollback is ${formatDuration(maxTimeToRollback)}`,
        advice: `that is scrape ${parts[0]} + evaluation ${parts[1]} + for ${parts[2]} + group_wait ${parts[3]}: shorten one, or allow more`,
      });
    }
  },
};
