import { describe, expect, it } from "@jest/globals";
import { lintText } from "./lint-text.ts";

const HEAD = `application: { name: shop, trafficFlag: checkout }
flags:
  checkout: {}
`;
const ALERTS = `alerts:
  - alert: Errors
    expr: error_rate > 1
    for: 1m
    rollback: stage
    labels: { severity: critical }
    annotations: { summary: It fails, runbook_url: x }
  - alert: ErrorsAbsent
    expr: absent(error_rate)
    for: 1m
    blind: true
    labels: { severity: critical }
    annotations: { summary: It is gone, runbook_url: x }
`;
const COUNTED = `metrics:
  - record: error_rate
    unit: percent
    ratio: { bad: errors_total, total: requests_total }
`;

const said = async (text: string): Promise<string[]> =>
  (await lintText(HEAD + text))
    // What is said of the alerts themselves has its own tests.
    .filter(({ check }) => !check.startsWith("alerts/"))
    .map(({ line, column, check }) => `${line}:${column} ${check}`);

describe("the gates of a policy", () => {
  it("of a metric that counts have nothing against them, and know what it is made of", async () => {
    const alert = ALERTS.replace("error_rate > 1", "error_rate:bad:increase5m > 1 and requests_total > 0");
    expect(await said(COUNTED + ALERTS)).toEqual([]);
    expect(await said(COUNTED + alert)).toEqual(["10:11 metrics/absent", "10:45 metrics/absent"]);
  });

  it("judge a metric, whether they are written or follow from the alerts", async () => {
    const gate =
      'gates: { standard: { criteria: { critical_alerts: { source: alertmanager, green: "== 0" } } } }\n';
    expect(await said(COUNTED + ALERTS + gate)).toEqual(["21:10 gates/no-metric"]);
    expect(await said("alerts: []\n")).toEqual(["4:1 gates/no-metric"]);
  });

  it("are waited for longer than they look back", async () => {
    const metric = "metrics: [{ record: error_rate, unit: ratio, expr: 'max_over_time(errors[5m])' }]\n";
    expect(await said(metric + ALERTS)).toEqual(["4:52 verify/lookback"]);
    expect(await said(`${metric}${ALERTS}verify: { giveUpAfter: 6m }\n`)).toEqual([]);
    const own = (giveUp: string) =>
      `gates: { base: { criteria: { x: { expr: 'rate(y[3m])', green: '< 1', red: '> 2' } } }, standard: { extends: base } }\nverify: { giveUpAfter: ${giveUp} }\n`;
    expect(await said(COUNTED + ALERTS + own("3m"))).toEqual(["21:41 verify/lookback"]);
    expect(await said(COUNTED + ALERTS + own("4m"))).toEqual([]);
    const unread = `${metric}${ALERTS}verify: { giveUpAfter: soon }\n`;
    expect(await said(unread)).toEqual(["18:24 prometheus/duration"]);
  });

  it("compare by a label that tells users apart", async () => {
    const by = COUNTED.replace(
      "    ratio",
      '    by: { label: instance, treatment: "on", control: "off" }\n    ratio',
    );
    expect(await said(by + ALERTS)).toEqual(["7:18 gates/compare-label"]);
  });
});
