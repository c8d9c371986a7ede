import type { Check } from "./finding.ts";
import type { LintSubject } from "./subject.ts";

/** What Prometheus, and the histogram itself, put on every series whoever was served: they tell no users apart. */
const OF_EVERY_SERIES = ["job", "instance", "le", "quantile", "application", "__name__"];

/**
 * A comparison whose label no series has compares nobody. What Prometheus has, preflight asks; here the label is held
 * against what the policy itself says of labels.
 */
export const gatesCompareLabel: Check<LintSubject> = {
  name: "gates/compare-label",
  run({ variants, didYouMean }, report) {
    for (const [index, { label, path }] of variants.entries()) {
      if (OF_EVERY_SERIES.includes(label)) {
        report({
          severity: "error",
          path,
          message: `every series has the label "${label}", whoever was served: it does not tell treatment from control`,
          advice:
            "name the label with which the application says which variant served the request, see docs/flags.md",
        });
        continue;
      }
      const others = variants.filter((_, other) => other !== index).map((other) => other.label);
      const hint = others.includes(label) ? "" : didYouMean(label, new Set(others));
      if (hint === "") continue;
      report({
        severity: "warning",
        path,
        message: `no other metric has the label "${label}"${hint}`,
        advice: "metrics of one application are labelled alike; rollguard preflight asks Prometheus",
      });
    }
  },
};
