import { type Duration, formatDuration } from "../time.ts";
import type { Check } from "./finding.ts";
import { growthWindow } from "./ratio-windows.ts";
import type { LintSubject } from "./subject.ts";
import { thresholdsOf } from "./thresholds.ts";

/** A blip of 15 s stays in a window for that much longer than the window is. */
const BLIP: Duration = 30_000;

const MINUTE: Duration = 60_000;

/** What has failed stays in the window that a rate looks at: as long as that, a breach seems to go on. */
export const alertsForWindow: Check<LintSubject> = {
  name: "alerts/for-window",
  run({ alerts, records }, report) {
    for (const alert of alerts) {
      const { name, path, expr, for: wait, rollback, isFloored } = alert;
      if (rollback === null || wait === null || wait === 0) continue;
      // Of an error budget a blip is little.
      if (isFloored && thresholdsOf(alert).length === 0) continue;
      const window = growthWindow(expr, records);
      if (window === 0 || wait > window + BLIP) continue;
      report({
        severity: "info",
        path: [...path, "for"],
        message: `${name} looks back ${formatDuration(window)}, so a blip of 15s may last for all of ${formatDuration(wait)} and roll back`,
        advice: `where pods restart or deploys dip, write for: ${formatDuration(window + MINUTE)}`,
      });
    }
  },
};
