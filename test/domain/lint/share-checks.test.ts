import { describe, expect, it } from "@jest/globals";
import { said, type TestSubject } from "./subjects.ts";

/** Checks of shares of requests: a subject, and what is said of it; nothing where all is well. */
const cases: Record<string, Record<string, [TestSubject, ...string[]]>> = {
  "alerts/for-window": {
    "a for that is no longer than what the expression looks back, by itself or by a metric": [
      {
        records: { m: "rate(a[1m]) / rate(b[1m])", c: "counted_total", broken: "(" },
        alerts: [
          { expr: "m > 1", rollback: "stage" },
          { expr: "c > 1", rollback: "stage", isFloored: true, for: 90_000 },
          { expr: "increase(a[5m]) > 3", rollback: "stage", for: 330_000 },
          { expr: "rate(a[x]) > 1 or broken > 1", rollback: "stage" },
        ],
      },
      "info alerts.0.for: Alert0 looks back 1m, so a blip of 15s may last for all of 1m and roll back",
      "info alerts.1.for: Alert1 looks back 1m, so a blip of 15s may last for all of 1m30s and roll back",
      "info alerts.2.for: Alert2 looks back 5m, so a blip of 15s may last for all of 5m30s and roll back",
    ],
    "nothing for longer ones, other alerts, values of now, and error budgets": [
      {
        records: { c: "counted_total" },
        alerts: [
          { expr: "rate(a[1m]) > 1", rollback: "stage", for: 120_000 },
          { expr: "rate(a[1m]) > 1" },
          { expr: "rate(a[1m]) > 1", rollback: "stage", for: 0 },
          { expr: "rate(a[1m]) > 1", rollback: "stage", for: null },
          { expr: "up == 0", rollback: "stage" },
          { expr: "rate(a) / sum(b", rollback: "stage" },
          { expr: "c > 14.4 * 0.1", rollback: "stage", isFloored: true },
        ],
      },
    ],
  },
  "alerts/low-traffic": {
    "a ratio or a quantile without a floor, by itself or by a metric": [
      {
        records: {
          m: "rate(a[1m]) / rate(b[1m]) * 100",
          p95: "histogram_quantile(0.95, sum by (le) (rate(d[1m])))",
          c: "counted_total",
          broken: "(",
        },
        alerts: [
          { expr: "rate(a[1m]) / rate(b[1m]) > 0.01", rollback: "stage" },
          { expr: "up == 0 or m > 1", rollback: "stage" },
          { expr: "p95 > $limit", rollback: "stage" },
          { expr: "c > 1 and up", rollback: "stage" },
        ],
      },
      "warning alerts.0.expr «rate(a[1m]) / rate(b[1m]) > 0.01»: with few requests one of them is enough for Alert0: its ratio has no floor",
      "warning alerts.1.expr «m > 1»: with few requests one of them is enough for Alert1: its ratio has no floor",
      "warning alerts.2.expr «p95 > $limit»: with few requests one of them is enough for Alert2: its ratio has no floor",
      "warning alerts.3.expr «c > 1»: with few requests one of them is enough for Alert3: its ratio has no floor",
    ],
    "nothing with a floor, for other alerts, and for other values": [
      {
        records: { m: "rate(a[1m]) / rate(b[1m]) * 100", c: "counted_total", broken: "(" },
        alerts: [
          { expr: "m > 1 and increase(a[1m]) >= 2", rollback: "stage" },
          { expr: "c > 1", rollback: "stage", isFloored: true },
          { expr: "m > 1" },
          { expr: "used / size > 0.9", rollback: "stage" },
          { expr: "rate(a[1m]) / size > 0.9", rollback: "stage" },
          { expr: "broken > 1 or sum(", rollback: "stage" },
          { expr: "broken > 1", rollback: "stage" },
        ],
      },
    ],
  },
};

describe.each(Object.entries(cases))("%s", (check, shown) => {
  it.each(Object.entries(shown))("finds %s", (_, [subject, ...expected]) => {
    expect(said(check, subject)).toEqual(expected);
  });
});
