import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

const RATIO = "ratio: { bad: 'errors_total{app=\"shop\"}', total: requests_total }";
const BY = 'by: { label: variant, treatment: "on", control: "off" }';
const ERROR_RATE = `record: error_rate, unit: percent, ${RATIO}`;

const metric = (text: string): string => `metrics:\n  - { ${text} }\n`;
const criterion = (text: string, of = ERROR_RATE): string =>
  `${metric(of)}gates:\n  standard:\n    criteria: { error_rate: { ${text} } }\n`;

/** Each case: what is wrong, the sections beside the small policy, the message at the mark. */
const cases: Record<string, [string, string]> = {
  "a metric of nothing": [
    "metrics:\n  - ¦{ record: x, unit: count }\n",
    "one of expr, ratio and latency is required here",
  ],
  "a metric of two things": [
    metric(`record: x, unit: percent, expr: y, ¦${RATIO}`),
    "a metric has one of expr, ratio and latency: remove the others",
  ],
  "a function in the place of counters": [
    metric("record: x, unit: percent, ratio: { bad: ¦'rate(errors_total[1m])', total: requests_total }"),
    "takes a rate() of something: name the counters alone",
  ],
  "an aggregation": [
    metric("record: x, unit: percent, ratio: { bad: errors_total, total: ¦sum(requests_total) }"),
    "takes a sum() of something: name the counters alone",
  ],
  "a range": [
    metric("record: x, unit: percent, ratio: { bad: ¦'errors_total[1m]', total: requests_total }"),
    "has a range or an offset: leave it out",
  ],
  "an offset": [
    metric("record: x, unit: percent, ratio: { bad: ¦errors_total offset 5m, total: requests_total }"),
    "has a range or an offset: leave it out",
  ],
  arithmetic: [
    metric("record: x, unit: percent, ratio: { bad: ¦a + b, total: requests_total }"),
    'is no selector: name one metric, e.g. app_requests_total{job="app"}',
  ],
  "a selector without a name": [
    metric("record: x, unit: percent, ratio: { bad: ¦'{job=\"shop\"}', total: requests_total }"),
    'needs a plain metric name, e.g. app_requests_total{job="app"}',
  ],
  "a selector that Prometheus cannot read": [
    metric("record: x, unit: percent, ratio: { bad: ¦'errors_total{', total: requests_total }"),
    'the expression ends too early, after "{": write what comes after it',
  ],
  "a selector that no person wrote": [
    metric(`record: x, unit: percent, ratio: { bad: ¦${"e".repeat(2_001)}, total: requests_total }`),
    "is longer than 2000 characters",
  ],
  "failures that are everything": [
    metric("record: x, unit: percent, ratio: { bad: ¦requests_total, total: requests_total }"),
    "is the same as total: every request would count as failed",
  ],
  "a share of requests in milliseconds": [
    metric(`record: x, unit: ¦milliseconds, ${RATIO}`),
    "a share of requests is in percent, or a ratio from 0 to 1",
  ],
  "a latency without a bound": [
    metric("record: x, unit: percent, latency: ¦{ histogram: duration_seconds }"),
    "needs above (the share of requests above it, e.g. 500ms) or quantile (e.g. 0.95)",
  ],
  "a latency with both": [
    metric("record: x, unit: percent, latency: { histogram: duration_seconds, above: 1s, ¦quantile: 0.9 }"),
    "a latency has one of above and quantile: remove one",
  ],
  "a quantile in percent": [
    metric("record: x, unit: ¦percent, latency: { histogram: duration_seconds, quantile: 0.95 }"),
    "a quantile is in milliseconds",
  ],
  "a quantile as a percentile": [
    metric("record: x, unit: milliseconds, latency: { histogram: duration_seconds, quantile: ¦95 }"),
    "must be less than 1: 0.95 is the 95th percentile",
  ],
  "the buckets of a histogram": [
    metric("record: x, unit: percent, latency: { histogram: ¦duration_seconds_bucket, above: 1s }"),
    "name the histogram without _bucket: duration_seconds",
  ],
  "a histogram of milliseconds": [
    metric("record: x, unit: percent, latency: { histogram: ¦duration_milliseconds, above: 1s }"),
    "counts milliseconds: the bounds are read in seconds, as Prometheus' convention is",
  ],
  "one bucket": [
    metric("record: x, unit: percent, latency: { histogram: ¦'duration_seconds{le=\"1\"}', above: 1s }"),
    "matches le: which bucket is read follows from above, or from what judges the quantile",
  ],
  "variants of an expression": [
    metric(`record: x, unit: percent, expr: y, ¦${BY}`),
    "tells requests apart, so the metric needs ratio or latency",
  ],
  "variants that are one": [
    metric(`${ERROR_RATE}, by: { label: variant, treatment: "on", control: ¦"on" }`),
    "is the same as treatment: nothing would be told apart",
  ],
  "a label that is none": [
    metric(`${ERROR_RATE}, by: { label: ¦feature.flag, treatment: "on", control: "off" }`),
    "is no label name: use letters, digits and underscores",
  ],
  "a variant of which there is one only": [
    metric(`record: x, unit: percent, ${BY}, ratio: { bad: e_total, total: ¦'r_total{variant="on"}' }`),
    "matches variant itself, so treatment and control are not both among its counters",
  ],
  "a comparison of nobody": [
    metric(`${ERROR_RATE}, ¦compare: { margin: 0.5 % }`),
    'compares treatment with control, so the metric needs by, e.g. { label: feature_flag_variant, treatment: "on", control: "off" }',
  ],
  "a margin that is none": [
    metric(`${ERROR_RATE}, ${BY}, compare: { margin: ¦-1 }`),
    "write how much worse it may be, 0 or more: 0.5 %, or a number in the metric's unit",
  ],
  "a margin of everything": [
    metric(`${ERROR_RATE}, ${BY}, compare: { margin: ¦100 }`),
    "must be less than all requests",
  ],
  "a margin in milliseconds": [
    metric(
      `record: x, unit: milliseconds, ${BY}, latency: { histogram: d, quantile: 0.9 }, compare: { margin: ¦50 }`,
    ),
    "is a share of the requests: write it in percent, e.g. 0.5 %",
  ],
  "counts that no two scrapes are behind": [
    `scrape: { interval: ¦1m }\n${metric(ERROR_RATE)}`,
    "error_rate is counted over 1m, which takes two scrapes: at most 30s",
  ],
  "a sequential test of values": [
    criterion('green: "< 1", judge: ¦sequential', "record: error_rate, unit: percent, expr: y"),
    "needs a metric that counts requests: one of this policy with ratio or latency",
  ],
  "a minimum of values": [
    criterion('green: "< 1", ¦minimum: 10', "record: error_rate, unit: percent, expr: y"),
    "needs a metric that counts requests: one of this policy with ratio or latency",
  ],
  "a minimum of a sequential test": [
    criterion('green: "< 1", ¦minimum: 10'),
    "goes with judge: threshold: how many requests it takes follows from the bounds",
  ],
  "checks in a row of a sequential test": [
    criterion('green: "< 1", ¦checksInARow: 3'),
    "goes with judge: threshold: how many requests it takes follows from the bounds",
  ],
  "an average of a sequential test": [
    criterion('green: "< 1", sustained: ¦average'),
    "goes with judge: threshold: all requests of a stage are counted",
  ],
  "a threshold that is compared": [
    criterion('green: "< 1", judge: threshold, ¦compare: { margin: 0.5 % }', `${ERROR_RATE}, ${BY}`),
    "goes with judge: sequential: a threshold judges each value alone",
  ],
  "a criterion that compares nobody": [
    criterion('green: "< 1", ¦compare: { margin: 0.5 % }'),
    'compares treatment with control, so the metric needs by, e.g. { label: feature_flag_variant, treatment: "on", control: "off" }',
  ],
  "a pass rate that is to be tested": [
    criterion('green: ¦"> 98"'),
    'counts are judged by "< …" as green: turn it, or write judge: threshold',
  ],
  "a limit that nothing proves": [
    criterion('green: ¦"<= 0"'),
    "no number of requests proves this: write a bound between 0 and 100, or judge: threshold",
  ],
  "a red limit of everything": [
    criterion('green: "< 0.1", red: ¦">= 1"', `record: error_rate, unit: ratio, ${RATIO}`),
    "no number of requests proves this: write a bound between 0 and 1, or judge: threshold",
  ],
  "a latency that none is below": [
    criterion(
      'green: ¦"< 0"',
      "record: error_rate, unit: milliseconds, latency: { histogram: d, quantile: 0.9 }",
    ),
    "no number of requests proves this: write a bound above 0, or judge: threshold",
  ],
};

describe("what a metric is counted from", () => {
  it.each(Object.keys(cases))("finds %s", (name) => {
    const [sections = "", message = ""] = cases[name] ?? [];
    const { text, places } = marked(sections);
    const lines = SMALL.split("\n").length - 1;
    const [line, column] = String(places[0]).split(":").map(Number);
    expect(linesOf(problemsOf(`${SMALL}${text}`))).toEqual([`${lines + Number(line)}:${column} ${message}`]);
  });

  it("says one thing of a mistake, and nothing of what follows from it", () => {
    const broken = `${criterion('green: "< 1", judge: sequential', "record: error_rate, unit: percent, ratio: { bad: 7, total: x }")}`;
    expect(problemsOf(`${SMALL}${broken}`).map(({ message }) => message)).toEqual(["expected text, found 7"]);
    const unread = metric("record: x, unit: percent, latency: { histogram: d, above: soon }");
    expect(problemsOf(`${SMALL}${unread}`)).toHaveLength(1);
  });
});

function load(sections: string): Policy {
  const { policy, problems } = loadPolicyText(`${SMALL}${sections}`, "app.yaml");
  expect(problems).toEqual([]);
  return policy as Policy;
}

const criterionOf = (policy: Policy) => policy.gates.get("standard")?.criteria[0];

describe("a policy that counts", () => {
  it("has selectors in one way of writing, and an expression made of what is recorded of them", () => {
    const [first, second, third] = load(
      `metrics:
  - { record: error_rate, unit: percent, ${BY}, ratio: { bad: ' errors_total{ app = "shop", code=~'5..',}', total: '{__name__="requests_total"}' } }
  - { record: slow, unit: ratio, latency: { histogram: duration_seconds, above: 500ms } }
  - { record: p95, unit: milliseconds, latency: { histogram: 'duration_seconds{"app.name"="shop"}', quantile: 0.95 } }
`.replace("code=~'5..'", 'code=~"5.."'),
    ).metrics;
    expect(first).toEqual({
      record: "error_rate",
      unit: "percent",
      noData: "blind",
      expr: "error_rate:bad:increase1m / error_rate:total:increase1m * 100",
      counts: { kind: "ratio", bad: 'errors_total{app="shop",code=~"5.."}', total: "requests_total" },
      by: { label: "variant", treatment: "on", control: "off" },
    });
    expect(second).toMatchObject({
      expr: "slow:bad:increase1m / slow:total:increase1m",
      counts: { kind: "latency", histogram: "duration_seconds", of: { above: 500 } },
    });
    expect(third).toMatchObject({
      counts: { histogram: 'duration_seconds{"app.name"="shop"}', of: { quantile: 0.95 } },
    });
  });

  it("judges counts by evidence unless it says otherwise", () => {
    const policy = load(criterion('green: "< 0.1", red: "> 1"'));
    expect(criterionOf(policy)?.counted).toEqual({
      counts: policy.metrics[0]?.counts,
      judge: "sequential",
      minimum: 0,
      yellow: "as-before",
      compare: null,
    });
    const threshold = load(criterion('green: "> 98", judge: threshold, minimum: 100, checksInARow: 3'));
    expect(criterionOf(threshold)?.counted).toMatchObject({
      judge: "threshold",
      minimum: 100,
      compare: null,
    });
  });

  it("compares with the margin of the criterion, else with that of the metric, in the metric's unit", () => {
    const by = { label: "variant", treatment: "on", control: "off" };
    const compared = (of: string, more = ""): unknown =>
      criterionOf(load(criterion(`green: "< 0.01"${more}`, of)))?.counted?.compare;
    const own = `${ERROR_RATE}, ${BY}, compare: { margin: 0.5 % }`;
    expect(compared(own)).toEqual({ by, margin: 0.5 });
    expect(compared(own, ", compare: { margin: 2 }")).toEqual({ by, margin: 2 });
    expect(compared(own, ", judge: threshold")).toBeNull();
    expect(compared(`${ERROR_RATE}, ${BY}`)).toBeNull();
    const ratio = `record: error_rate, unit: ratio, ${RATIO}, ${BY}`;
    expect(compared(`${ratio}, compare: { margin: 0.5 % }`)).toEqual({ by, margin: 0.005 });
    expect(compared(`${ratio}, compare: { margin: 0.25 }`)).toEqual({ by, margin: 0.25 });
    const quantile = `record: error_rate, unit: milliseconds, latency: { histogram: d, quantile: 0.9 }, ${BY}`;
    expect(compared(`${quantile}, compare: { margin: 0 % }`)).toEqual({ by, margin: 0 });
  });

  it("has a gate's patience, where that is written", () => {
    const gates = (text: string): string =>
      `gates:\n  standard: { ${text} criteria: { critical_alerts: { source: alertmanager, green: "== 0" } } }\n`;
    expect(load(gates("")).gates.get("standard")).not.toHaveProperty("settle");
    expect(load(gates("")).gates.get("standard")).not.toHaveProperty("notEnoughAfter");
    expect(load(gates("settle: 1m, notEnough: { after: 36h },")).gates.get("standard")).toMatchObject({
      settle: 60_000,
      notEnoughAfter: 129_600_000,
    });
  });
});
