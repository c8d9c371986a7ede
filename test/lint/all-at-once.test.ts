import { describe, expect, it } from "@jest/globals";
import { linesOf, marked } from "../config/marked-policy.ts";
import { GOOD, lintText, lintTexts, placesOf } from "./lint-text.ts";

const checksOf = async (text: string, promtool = false): Promise<string[]> =>
  (await lintText(text, promtool)).map(({ check }) => check);

/** Each mistake of another kind; `¦` stands before the place of each, in the order of reading. */
const MISTAKES = `application: { name: shop, trafficFlag: checkout, ¦colour: blue }
scrape: { interval: 5s, timeout: ¦10s }
flags:
  checkout: { phase: 4 }
  cache: { phase: 6, parent: ¦chekout }
  ¦cache: { phase: 6 }
metrics:
  - { record: error_rate, expr: errors, unit: percent }
  - { record: p95_latency, expr: latency, unit: milliseconds }
alerts:
  - alert: ErrorsSpike
    expr: error_rate > ¦> 1
    for: 1m
    rollback: safe-state
    labels: { severity: critical, team: ¦"{{ if $labels.job }}web" }
    annotations: { summary: "at {{ ¦$vaule }}", description: ¦"{{ if $value }}much", runbook_url: "{{ brace" }
  - alert: Slow
    expr: p95_latency{¦job=~"("} > 500 or ¦eror_rate > 1
    for: ¦0s
    rollback: ¦sage
    labels: { severity: critical, ¦a-b: ¦"{{ range $labels }}" }
    annotations: { summary: Slow, runbook_url: docs/slow.md }
  - ¦alert: NoExpression
    labels: { severity: critical, now: "¦{{ $value }}" }
    annotations: { summary: ¦"{{ with $labels }}none", runbook_url: docs/none.md }
  - alert: ErrorRateAbsent
    expr: absent(error_rate) or absent(p95_latency) or absent(¦eror_rate)
    blind: true
    labels: { severity: critical }
    annotations: { summary: "None {{ ¦end }}", runbook_url: docs/absent.md }
`;

const EXPECTED = [
  "policy/unknown-key",
  "scrape/timeout",
  "policy/unknown-name",
  "yaml/duplicate-key",
  "promql/syntax",
  "promtool/rules",
  "alerts/template",
  "promtool/rules",
  "promtool/rules",
  "metrics/unknown",
  "alerts/for",
  "policy/type",
  "policy/value",
  "promtool/rules",
  "policy/required",
  "alerts/value-in-label",
  "promtool/rules",
  "metrics/unknown",
  "alerts/template",
];

describe("a policy with many mistakes", () => {
  it("is told all of them in one go, each at its place, those that only promtool finds too", async () => {
    const { text, places } = marked(MISTAKES);
    expect(placesOf(await lintText(text, true))).toEqual(
      places.map((place, index) => `${place} ${EXPECTED[index]}`),
    );
  });

  it("is told of pages that nobody gets, whatever else is wrong", async () => {
    const routes = "notifications:\n  routes:\n    - { on: [warning, safe-state], slack: true }\n";
    const text = `${GOOD.replace("phase: 4 }", "phase: 4, parnt: x }")}${routes}`;
    expect(await checksOf(text)).toEqual(["policy/unknown-key", "alertmanager/rollback-route"]);
    expect(await checksOf(text.replace("slack: true", "slack: yes please"))).toEqual([
      "policy/unknown-key",
      "policy/value",
    ]);
    // What this alert calls for is not known, so neither is whom it must reach.
    expect(await checksOf(text.replace("rollback: safe-state", "rollback: safe-sate"))).toEqual([
      "policy/unknown-key",
      "policy/type",
    ]);
  });

  it("is told of panels that contradict its alerts, but for those of alerts with a mistake", async () => {
    const gates = `gates:
  standard: { criteria: { error_rate: { green: "< 0.1", red: "> 2" } } }
`;
    const text = `${GOOD.replace("phase: 4 }", "phase: 4, parnt: x }")}${gates}`;
    expect(await checksOf(text)).toEqual(["policy/unknown-key", "dashboard/threshold"]);
    expect(await checksOf(text.replace("for: 1m\n    rollback", "fro: 1m\n    rollback"))).not.toContain(
      "dashboard/threshold",
    );
    expect(await checksOf(text.replace("red:", "rde:"))).not.toContain("dashboard/threshold");
    expect(await checksOf(text.replace("unit: percent", "unit: percents"))).not.toContain(
      "dashboard/threshold",
    );
  });

  it("is told that another policy has its application", async () => {
    const { problems } = await lintTexts({ "a.yaml": GOOD.replace("phase", "phas"), "b.yaml": GOOD });
    expect(problems.map(({ file, check }) => `${file} ${check}`)).toEqual([
      "b.yaml policy/application",
      "a.yaml policy/unknown-key",
    ]);
  });

  it("has its alerts routed as if it had none", async () => {
    const alertmanager = `route:
  receiver: people
  routes:
    - { receiver: rollguard, continue: true, group_wait: 0s, matchers: ['rollback=~".+"'] }
    - { receiver: people }
receivers:
  - name: people
    pagerduty_configs: [{ routing_key_file: /run/secrets/pagerduty }]
  - name: rollguard
    webhook_configs: [{ url_file: /run/secrets/url }]
`;
    const { problems } = await lintTexts({
      "alertmanager.yml": alertmanager,
      "shop.yaml": GOOD.replace("phase: 4 }", "phase: 4, parnt: x }"),
    });
    expect(linesOf(problems)).toEqual(['3:25 unknown key "parnt"; did you mean "parent"?']);
  });
});

describe("a name is called unknown only where all that is declared could be read", () => {
  const other = "expr: errors > 1 or eror_rate > 1 or other > 1";
  const text = GOOD.replace("expr: error_rate > 1", other);

  it("as here", async () => {
    const problems = (await lintText(text)).filter(({ check }) => check === "metrics/unknown");
    expect(placesOf(problems)).toEqual(["8:25 metrics/unknown", "8:42 metrics/unknown"]);
  });

  const metrics = "metrics:\n  - { record: error_rate, expr: errors, unit: percent }\n";
  const doubtful: Record<string, string> = {
    "with a broken expression": metrics.replace("expr: errors", 'expr: "rate(errors[5m) / other"'),
    "without an expression": metrics.replace("expr: errors, ", ""),
    "without a name": metrics.replace("record: error_rate, ", ""),
    "with a misspelt key": metrics.replace("record:", "recrod:"),
    "with a name that is none": metrics.replace("error_rate", "error-rate"),
    "that are no list": "metrics:\n  error_rate: { expr: errors, unit: percent }\n",
    "that are a list of texts": "metrics: [error_rate]\n",
    "that are not there": "metrics:\n",
    "under a misspelt key": metrics.replace("metrics:", "metrcs:"),
    "under a key of another tool": metrics.replace("metrics:", "recording_rules:"),
    "in a second section, which is not read": `${metrics}${metrics.replace("error_rate, expr: errors", "other, expr: raw")}`,
    "with a key twice": metrics.replace("record: error_rate", "record: error_rate, record: other"),
  };
  for (const [what, section] of Object.entries(doubtful))
    it(`and not beside metrics ${what}`, async () => {
      const checks = await checksOf(text.replace(metrics, section));
      expect(checks).not.toContain("metrics/unknown");
      expect(checks.length).toBeGreaterThan(0);
    });
});
