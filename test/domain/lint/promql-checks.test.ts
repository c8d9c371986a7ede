import { describe, expect, it } from "@jest/globals";
import { RULE_CHECKS } from "../../../src/domain/lint/checks.ts";
import { said, type TestSubject } from "./subjects.ts";

/** For each check: what it prevents, shown by a subject and what it must say of it; nothing where all is well. */
const cases: Record<string, Record<string, [TestSubject, ...string[]]>> = {
  "promql/syntax": {
    "an expression that Prometheus refuses, and every rule with it": [
      { alerts: [{ expr: "sum(errors > 1" }], records: { a: "b +" }, queries: ["x ="] },
      'error metrics.0.expr «+»: the expression ends too early, after "+"',
      'error alerts.0.expr «1»: the expression ends too early, after "1"',
      'error gates.0.expr «=»: does not expect "=" here',
    ],
    "nothing in good expressions": [{ alerts: [{}], records: { a: "b" }, queries: ["x"] }],
  },
  "promql/type": {
    "a rate of no range": [
      { alerts: [{ expr: "rate(errors_total) > 1" }] },
      'error alerts.0.expr «errors_total»: expected type matrix in call to function "rate", got vector',
    ],
    "no type error where nothing can be read": [{ alerts: [{ expr: "rate(" }] }],
  },
  "promql/comparison": {
    "an alert that fires all the time": [
      {
        alerts: [
          { expr: "error_rate" },
          { expr: "avg(a) or b > 1" },
          { expr: "a == bool 1", rollback: "stage" },
        ],
      },
      "warning alerts.0.expr «error_rate»: has no condition: it fires whenever there is any data",
      "warning alerts.1.expr «avg(a) or b > 1»: has no condition: it fires whenever there is any data",
      "error alerts.2.expr «a == bool 1»: has no condition: it fires whenever there is any data",
    ],
    "a rollback that always fires": [
      { alerts: [{ expr: "vector(1)", rollback: "stage" }] },
      "error alerts.0.expr «vector(1)»: has no condition: it fires whenever there is any data",
    ],
    "nothing where there is a condition, or none is meant": [
      {
        alerts: [
          { expr: "vector(1)" },
          { expr: "a > 1" },
          { expr: "absent(a) or b > 1" },
          { expr: "a unless b" },
          { expr: "a and b > 1" },
          { expr: "a > 1 and b" },
          { expr: "count(a > 1)" },
          { expr: "-(a > 1)" },
          { expr: "a >" },
        ],
      },
    ],
  },
  "promql/ratio": {
    "a ratio that is NaN without anybody noticing": [
      { alerts: [{ expr: "rate(e[1m]) / rate(r[1m]) > 0.1" }], records: { ratio: "a / b" } },
      "warning metrics.0.expr «b»: when b is 0 this ratio is NaN, which fires no alert and is not absent either",
      "warning alerts.0.expr «rate(r[1m])»: when r is 0 this ratio is NaN, which fires no alert and is not absent either",
    ],
    "a companion that watches the ratio itself": [
      { alerts: [{ expr: "a / b < 0.1" }] },
      "warning alerts.0.expr «b»: when b is 0 this ratio is NaN, which fires no alert and is not absent either",
    ],
    "nothing where the divisor is watched, guarded, constant or never 0": [
      {
        alerts: [
          { expr: "a / b > 1" },
          { expr: "sum(b) == 0" },
          { expr: "a / (c > 0) > 1" },
          { expr: "a / clamp_min(d, 1) > 1" },
          { expr: "a / 2 > 1" },
          { expr: "a / e > 1 and e > 0" },
          { expr: "free / node_memory_MemTotal_bytes < 0.1" },
        ],
        records: { optional: "a / z" },
        optional: ["optional"],
      },
    ],
    "nothing where the alert that may watch the divisor is broken": [
      { alerts: [{ expr: "a / b < 0.1" }, { expr: "b == " }] },
    ],
  },
  "promql/rate": {
    "events per second taken for a ratio": [
      {
        alerts: [{ expr: "rate(errors_total[5m]) > 0.001" }, { expr: "0.5 < sum(irate(errors_total[5m]))" }],
      },
      "warning alerts.0.expr «rate(errors_total[5m]) > 0.001»: compares events per second with 0.001 as if it were a ratio: one event in 1000 seconds is enough",
      "warning alerts.1.expr «0.5 < sum(irate(errors_total[5m]))»: compares events per second with 0.5 as if it were a ratio: one event in 2 seconds is enough",
    ],
    "nothing for ratios, seconds, and limits of 1 or more": [
      {
        alerts: [
          { expr: "rate(e[5m]) / rate(r[5m]) > 0.01" },
          { expr: "rate(cpu_seconds_total[5m]) > 0.9" },
          { expr: "rate(e[5m]) > 1" },
          { expr: "rate(e[5m]) > 0" },
          { expr: "histogram_quantile(0.9, rate(b[5m])) > 0.5" },
          { expr: "gauge > 0.5" },
          { expr: "rate(a[5m]) > b" },
        ],
      },
    ],
  },
  "metrics/unknown": {
    "a name with dashes, which is a subtraction": [
      {
        alerts: [{ expr: "test-pass-rate < 95" }, { expr: "foo-bar > 1" }],
        records: { test_pass_rate: "passed / total" },
      },
      'error alerts.0.expr «test-pass-rate»: "test-pass-rate" is no metric name: PromQL reads a subtraction of metrics that nothing declares',
      'error alerts.1.expr «foo-bar»: "foo-bar" is no metric name: PromQL reads a subtraction of metrics that nothing declares',
    ],
    "a misspelt name, and a name that nothing declares": [
      {
        alerts: [{ expr: "eror_rate > 1 or error_rat > 1 or other > 1" }],
        records: { error_rate: "errors" },
      },
      'warning alerts.0.expr «eror_rate»: nothing declares the metric "eror_rate"',
      'error alerts.0.expr «error_rat»: nothing declares the metric "error_rat"; did you mean "error_rate"?',
      'warning alerts.0.expr «other»: nothing declares the metric "other"',
    ],
    "dashes in a rule file, where nothing has to be declared": [
      {
        kind: "rules",
        alerts: [{ expr: "test-pass < 95" }, { expr: "some_a-some_b > 1" }],
        records: { a: "b" },
      },
      'error alerts.0.expr «test-pass»: "test-pass" is no metric name: PromQL reads a subtraction of metrics that nothing declares',
    ],
    "nothing for what is recorded, recorded from, Prometheus' own, or subtracted with spaces": [
      {
        alerts: [
          { expr: 'a - b > 1 or up == 0 or rollguard_up == 0 or a-b > 1 or a-1 > 1 or {__name__=~"x"} > 1' },
        ],
        records: { a: "b" },
        queries: ["raw > 1"],
      },
    ],
    "nothing that a broken rule may have declared; only what is no name however it is mended": [
      {
        alerts: [{ expr: "errors > 1 or eror_rate > 1 or a-b > 1 or error-rate > 1" }],
        records: { error_rate: "rate(errors[5m) / a - b" },
      },
      'error alerts.0.expr «error-rate»: "error-rate" is no metric name: PromQL reads a subtraction of metrics that nothing declares',
    ],
    "nothing where the declared names could not be read": [
      { alerts: [{ expr: "errors > 1" }], records: { error_rate: "raw" }, areRecordsComplete: false },
    ],
    "a name, although an expression is of the wrong type: its names can be read": [
      { alerts: [{ expr: "other > 1 or raw > 1" }], records: { error_rate: "rate(raw)" } },
      'warning alerts.0.expr «other»: nothing declares the metric "other"',
    ],
    "a name with dashes in a rule file, whatever else is broken in it": [
      { kind: "rules", alerts: [{ expr: "test-pass < 95" }], records: { broken: "(" } },
      'error alerts.0.expr «test-pass»: "test-pass" is no metric name: PromQL reads a subtraction of metrics that nothing declares',
    ],
  },
  "metrics/absent": {
    "a trigger that goes blind with its metric": [
      { alerts: [{ expr: "a > 1 or a < 0", rollback: "stage" }, { expr: "b > 1" }] },
      "warning alerts.0.expr «a»: no alert tells when a is missing, and without it Alert0 cannot fire",
    ],
    "nothing where absent() watches it, or its absence means nothing": [
      {
        alerts: [
          {
            expr: "a > 1 or absent_over_time(b[5m]) or b > 1 or c > 1 or rollguard_x > 1",
            rollback: "stage",
          },
          { expr: "absent(a)" },
          { expr: "test-pass-rate < 95", rollback: "stage" },
        ],
        records: { c: "raw" },
        optional: ["c"],
      },
    ],
    "nothing where an absent() is there, and only broken": [
      {
        alerts: [
          { expr: "a > 1 or b > 1", rollback: "stage" },
          { expr: "absent(a" },
          { expr: "b >" },
          { expr: ">" },
        ],
      },
      "warning alerts.0.expr «b»: no alert tells when b is missing, and without it Alert0 cannot fire",
    ],
  },
  "metrics/name": {
    "a counter whose name ends in _total twice": [
      { alerts: [{ expr: "rate(errors_total_total[5m]) > 1" }], records: { x_total_total: "y_total" } },
      "warning alerts.0.expr «errors_total_total»: errors_total_total ends in _total twice: the client library has added one",
      "warning metrics.0.record: x_total_total ends in _total twice",
    ],
  },
};

for (const [check, table] of Object.entries(cases)) {
  describe(check, () => {
    for (const [what, [subject, ...expected]] of Object.entries(table))
      it(`finds ${what}`, () => expect(said(check, subject)).toEqual(expected));
  });
}

it("shows the failure that each check prevents", () => {
  const names = RULE_CHECKS.map(({ name }) => name).filter((name) => /^(promql|metrics)\//.test(name));
  expect(Object.keys(cases).sort()).toEqual(names.sort());
});
