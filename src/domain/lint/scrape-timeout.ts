import { formatDuration } from "../time.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/** Prometheus does not start with a timeout longer than the interval. */
export const scrapeTimeout: Check<LintSubject> = {
  name: "scrape/timeout",
  run({ scrapes }, report) {
    for (const { path, interval, timeout } of scrapes) {
      if (timeout <= interval) continue;
      report({
        severity: "error",
        path,
        message: `the scrape timeout of ${formatDuration(timeout)} is longer than the interval of ${formatDuration(interval)}: Prometheus refuses it`,
        advice: `write ${formatDuration(interval)} or less`,
      });
    }
  },
};
