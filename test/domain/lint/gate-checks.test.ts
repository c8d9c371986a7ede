import { describe, expect, it } from "@jest/globals";
import { didYouMean } from "../../../src/config/did-you-mean.ts";
import { said, type TestSubject } from "./subjects.ts";

const MINUTE = 60_000;

const verification = (...metrics: string[]) => ({
  giveUpAfter: 2 * MINUTE,
  metrics,
  expressions: [["gates", 1, "expr"]],
});

/** For each check: what it prevents, shown by a subject and what it must say of it; nothing where all is well. */
const cases: Record<string, Record<string, [TestSubject, ...string[]]>> = {
  "gates/no-metric": {
    "a gate that promotes whatever happens": [
      {
        judges: [
          { name: "standard", path: ["gates", "standard"], judgesMetric: false },
          { name: "strict", path: ["gates", "strict"], judgesMetric: true },
          { name: "derived", path: ["alerts"], judgesMetric: false },
        ],
      },
      'error gates.standard: the gate "standard" judges no metric: it promotes whatever the application does',
      'error alerts: the gate "derived" judges no metric: it promotes whatever the application does',
    ],
  },
  "gates/compare-label": {
    "a label that everything has, and one that is misspelt": [
      {
        variants: [
          { label: "instance", path: ["metrics", 0, "by", "label"] },
          { label: "variannt", path: ["metrics", 1, "by", "label"] },
          { label: "variant", path: ["metrics", 2, "by", "label"] },
          { label: "variant", path: ["metrics", 3, "by", "label"] },
          { label: "other", path: ["metrics", 4, "by", "label"] },
        ],
        didYouMean,
      },
      'error metrics.0.by.label: every series has the label "instance", whoever was served: it does not tell treatment from control',
      'warning metrics.1.by.label: no other metric has the label "variannt"; did you mean "variant"?',
    ],
  },
  "verify/lookback": {
    "what tells of before the rollback for as long as anybody waits": [
      {
        verification: verification("errors", "pods"),
        records: {
          errors: "rate(errors_total[5m])",
          unused: "rate(unused_total[5m])",
          slow: "sum(rate(slow_total[2m])) / sum(rate(all_total[1m]))",
        },
        alerts: [
          { rollback: "stage", expr: "slow > 1" },
          { rollback: "stage", expr: "max_over_time(rate(x_total[1m])[90s:15s]) > 1 or vector(0)" },
          { expr: "rate(y_total[10m]) > 1" },
        ],
      },
      "error metrics.0.expr: errors looks back 5m, and verification gives up 2m after a rollback: until then it tells of before",
      "error metrics.2.expr: slow looks back 2m, and verification gives up 2m after a rollback: until then it tells of before",
      "error alerts.1.expr: Alert1 looks back 2m30s, and verification gives up 2m after a rollback: until then it tells of before",
    ],
    "nothing of what is over in time, cannot be read or is not known": [
      {
        verification: verification("errors"),
        records: { errors: "rate(errors_total[1m]) + -(sum(x offset 5m))" },
        alerts: [
          { rollback: "stage", expr: "errors > 1" },
          { rollback: "stage", expr: "errors >" },
        ],
      },
    ],
    "nothing where nobody verifies": [
      { verification: null, alerts: [{ rollback: "stage", expr: "rate(x_total[5m]) > 1" }] },
    ],
    "an expression of the gate's own, and of no other gate": [
      { verification: verification(), queries: ["rate(x_total[5m])", "rate(y_total[5m])"] },
      "error gates.1.expr: 1 looks back 5m, and verification gives up 2m after a rollback: until then it tells of before",
    ],
    "a metric once, though several triggers ask it": [
      {
        verification: verification(),
        records: { errors: "rate(errors_total[5m])" },
        alerts: [
          { rollback: "stage", expr: "errors > 1" },
          { rollback: "phase", expr: "errors > 5" },
        ],
      },
      "error metrics.0.expr: errors looks back 5m, and verification gives up 2m after a rollback: until then it tells of before",
    ],
  },
};

describe.each(Object.entries(cases))("%s", (name, of) => {
  it.each(Object.entries(of))("finds %s", (_, [subject, ...expected]) => {
    expect(said(name, subject)).toEqual(expected);
  });
});
