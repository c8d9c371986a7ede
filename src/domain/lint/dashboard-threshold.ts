import type { Panel } from "../generate/panel.ts";
import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";
import { isUrgent, type Threshold, thresholdsOf } from "./thresholds.ts";

/** A panel that is still green when an alert fires, or red when none does, is not believed the next time. */
export const dashboardThreshold: Check<LintSubject> = {
  name: "dashboard/threshold",
  run({ alerts, gates, panels }, report) {
    const all = alerts.flatMap(thresholdsOf);
    for (const panel of panels) {
      const ofMetric = all.filter(({ metric }) => metric === panel.metric);
      const urgent = ofMetric.filter(({ alert }) => isUrgent(alert));
      const [red, ...others] = urgent.length > 0 ? urgent : ofMetric;
      if (red === undefined) continue;
      const complain = (colour: keyof Panel["thresholds"], threshold: Threshold): void =>
        report({
          severity: "warning",
          path: [...threshold.alert.path, "expr"],
          span: threshold.comparison.valueSpan,
          message: `the panel "${panel.title}" turns ${colour} at ${panel.thresholds[colour]}, ${threshold.alert.name} fires at ${threshold.value}`,
          advice: "let the alert, the gate and the panel have the same limit",
        });
      if (![red, ...others].some(({ value }) => value === panel.thresholds.red)) complain("red", red);
      // Yellow is where a warning fires, or where the gate stops to be green.
      const warning = ofMetric.find((threshold) => ![red, ...others].includes(threshold));
      const bounds = gates.filter(({ metric }) => metric === panel.metric).map(({ value }) => value);
      if (warning !== undefined && ![warning.value, ...bounds].includes(panel.thresholds.yellow))
        complain("yellow", warning);
    }
  },
};
