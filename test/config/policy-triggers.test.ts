import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import type { AlertRule } from "../../src/domain/alert.ts";
import { linesOf, marked, problemsOf } from "./marked-policy.ts";

const HEAD = `application: { name: shop, trafficFlag: checkout }
flags: { checkout: {} }
metrics:
  - { record: error_rate, unit: percent, ratio: { bad: errors_total, total: requests_total } }
  - { record: share, unit: ratio, latency: { histogram: duration_seconds, above: 500ms } }
  - { record: p95, unit: milliseconds, latency: { histogram: duration_seconds, quantile: 0.95 } }
  - { record: queue, unit: count, expr: max(queue_length) }
alerts:
`;

const alert = (text: string): string => `  - ¦{ alert: A, ${text} }\n`.replace(/¦(?=.*¦)/, "");

/** Each case: the alert with a mark at the mistake, and what is said of it. */
const cases: Record<string, [string, string]> = {
  "an alert of nothing": [alert("rollback: stage"), '"expr" is required here'],
  "an alert of two things": [
    alert("metric: queue, above: 1, ¦expr: x > 1"),
    "an alert has either metric or expr: remove one of them",
  ],
  "a limit without a metric": [alert("expr: x > 1, ¦above: 1"), "goes with metric, and this alert has none"],
  "an slo without a metric": [alert("expr: x > 1, ¦slo: 99"), "goes with metric, and this alert has none"],
  "a metric that nothing declares": [
    alert("metric: ¦error_rat, above: 1"),
    'unknown metric "error_rat"; did you mean "error_rate"?',
  ],
  "a metric without a limit": [
    alert("metric: ¦error_rate"),
    "needs above or below: the value from which on it is bad; or limits; or slo",
  ],
  "two limits": [
    alert("metric: error_rate, above: 1, ¦below: 2"),
    "an alert has one of above, below and slo: remove below or above",
  ],
  "limits beside a limit": [
    alert("metric: error_rate, above: 1, ¦limits: [{ traffic: 100, limit: 1 }]"),
    "limits take the place of above: remove them or above",
  ],
  "blindness by a limit": [
    alert("metric: error_rate, above: 1, ¦blind: true"),
    "a metric with a limit says what is wrong, not that we cannot see: write expr",
  ],
  "an error budget of a value": [
    alert("metric: queue, slo: ¦99.9"),
    'the metric "queue" has no counts: slo needs a ratio, or a latency with above',
  ],
  "an error budget of a quantile": [
    alert("metric: p95, slo: ¦99.9"),
    'the metric "p95" is a quantile: slo needs a ratio, or a latency with above',
  ],
  "an error budget that cannot burn so fast": [
    alert("metric: error_rate, slo: ¦90"),
    "must be at least 94 and less than 100: the percentage of requests that must be good",
  ],
  "an error budget of nothing": [
    alert("metric: error_rate, slo: ¦100"),
    "must be at least 94 and less than 100: the percentage of requests that must be good",
  ],
  "more than everything": [
    alert("metric: error_rate, above: ¦100"),
    "no number of requests proves this: write a limit between 0 and 100",
  ],
  "less than nothing": [
    alert("metric: share, below: ¦0"),
    "no number of requests proves this: write a limit between 0 and 1",
  ],
  "slower than never": [
    alert("metric: p95, limits: [{ traffic: 100, limit: ¦0 }]"),
    "no number of requests proves this: write a limit above 0",
  ],
  "limits that do not ascend, of a metric too": [
    alert(
      "metric: p95, limits: [{ traffic: 50, limit: 1 }, { traffic: ¦20, limit: 2 }, { traffic: 100, limit: 2 }]",
    ),
    "must be more than 50: limits ascend by traffic",
  ],
};

describe("alerts on a metric", () => {
  it.each(Object.keys(cases))("refuse %s", (name) => {
    const [text = "", message = ""] = cases[name] ?? [];
    const { text: source, places } = marked(`${HEAD}${text}`);
    expect(linesOf(problemsOf(source))).toEqual([`${places[0]} ${message}`]);
  });

  it("say one thing of a mistake, and nothing of what follows from it", () => {
    const one = (text: string, head = HEAD): string[] =>
      problemsOf(`${head}${text.replaceAll("¦", "")}`).map(({ message }) => message);
    expect(one(alert("metric: error_rate, above: much"))).toEqual(['expected a number, found "much"']);
    expect(one(alert("metric: error_rate, limits: [{ traffic: 100 }]"))).toEqual([
      '"limit" is required here',
    ]);
    expect(one(alert("metric: 7, above: 1"))).toEqual(["expected text, found 7"]);
    const unread = HEAD.replace("bad: errors_total", "bad: 7");
    expect(one(alert("metric: error_rate, slo: 99.9"), unread)).toEqual(["expected text, found 7"]);
    const counted = HEAD.replace("unit: percent", "unit: count");
    expect(one(alert("metric: error_rate, above: 1"), counted)).toHaveLength(1);
  });
});

function load(text: string): AlertRule {
  const { policy, problems } = loadPolicyText(`${HEAD}  - { alert: A, ${text} }\n`, "shop.yaml");
  expect(problems).toEqual([]);
  return policy?.alerts[0] as AlertRule;
}

describe("an alert on a metric becomes an expression", () => {
  it("with a floor where the metric counts its requests", () => {
    expect(load("metric: error_rate, above: 1, rollback: stage")).toMatchObject({
      expr: [
        "error_rate and (",
        "  error_rate:bad:increase1m >= 1.636 and error_rate:bad:increase1m > 0.01 * error_rate:total:increase1m + 5 * sqrt(0.0099 * error_rate:total:increase1m)",
        "  or",
        "  error_rate:bad:increase5m >= 4.576 and error_rate:bad:increase5m > 0.01 * error_rate:total:increase5m + 3.5 * sqrt(0.0099 * error_rate:total:increase5m) and error_rate:bad:increase1m >= 0.01 * error_rate:total:increase1m + 0.5 * sqrt(0.0099 * error_rate:total:increase1m)",
        ")",
      ].join("\n"),
      condition: { metric: "error_rate", bad: "above", limit: 1 },
      for: 60_000,
      limits: [],
    });
  });

  it("by the bad ones that are left where less is bad, and by a ratio", () => {
    const { expr, condition } = load("metric: share, below: 0.9");
    expect(expr).toContain(
      "(share:total:increase1m - share:bad:increase1m) > 0.1 * share:total:increase1m + 5 * sqrt(0.09 * share:total:increase1m)",
    );
    expect(condition).toEqual({ metric: "share", bad: "below", limit: 0.9 });
  });

  it("of what is slower than a quantile's bound, for each share of traffic", () => {
    const { expr, limits, condition } = load(
      "metric: p95, limits: [{ traffic: 10, limit: 300.5 }, { traffic: 100, limit: 500 }], for: 5m",
    );
    expect(expr).toContain("p95:above500ms:increase1m > 0.05 * p95:total:increase1m + ");
    expect(limits.map((row) => row.expr?.match(/p95:above\w+/)?.[0])).toEqual([
      "p95:above300500us",
      "p95:above500ms",
    ]);
    expect(condition).toEqual({ metric: "p95", bad: "above", limit: 500 });
  });

  it("by how fast its error budget burns", () => {
    const { expr, condition } = load("metric: error_rate, slo: 99.9");
    expect(expr.split("\n")).toEqual([
      "error_rate and (",
      "  error_rate:bad:increase1h >= 4.506 and error_rate:bad:increase1h > 0.0144 * error_rate:total:increase1h + 3.5 * sqrt(0.01419264 * error_rate:total:increase1h) and error_rate:bad:increase5m >= 0.0144 * error_rate:total:increase5m + 0.5 * sqrt(0.01419264 * error_rate:total:increase5m)",
      "  or",
      "  error_rate:bad:increase6h >= 4.501 and error_rate:bad:increase6h > 0.006 * error_rate:total:increase6h + 3.5 * sqrt(0.005964 * error_rate:total:increase6h) and error_rate:bad:increase30m >= 0.006 * error_rate:total:increase30m + 0.5 * sqrt(0.005964 * error_rate:total:increase30m)",
      ")",
    ]);
    expect(condition).toEqual({ metric: "error_rate", slo: 99.9 });
  });

  it("by its value where nothing is counted", () => {
    expect(load("metric: queue, above: 5, for: 0s")).toMatchObject({ expr: "queue > 5", for: 0 });
    expect(load("metric: queue, below: 5")).toMatchObject({
      expr: "queue < 5",
      condition: { metric: "queue", bad: "below", limit: 5 },
    });
    expect(
      load("metric: queue, limits: [{ traffic: 10, limit: 3 }, { traffic: 100, limit: 5 }]"),
    ).toMatchObject({
      expr: "queue > $limit",
      condition: { metric: "queue", bad: "above", limit: 5 },
      limits: [
        { traffic: 10, limit: 3 },
        { traffic: 100, limit: 5 },
      ],
    });
  });

  it("not where somebody has written one", () => {
    const rule = load("expr: queue > 5, suspects: {}, rollback: flag");
    expect(rule).toMatchObject({ expr: "queue > 5", for: 0, trigger: { suspects: { pending: 0 } } });
    expect(rule).not.toHaveProperty("condition");
    const suspected = load("metric: queue, above: 5, suspects: {}, rollback: flag");
    expect(suspected.trigger?.suspects?.pending).toBe(60_000);
  });
});
