import { describe, expect, it } from "@jest/globals";
import { dashboardOf } from "../../../src/domain/generate/dashboard.ts";
import type { DashboardPanel } from "../../../src/domain/generate/dashboard-panels.ts";
import { genesis } from "../../support/generated.ts";

const { rows } = dashboardOf(genesis());

const panelsOf = (row: string): readonly DashboardPanel[] =>
  rows.find(({ title }) => title === row)?.panels ?? [];

const panel = (row: string, title: string): DashboardPanel | undefined =>
  panelsOf(row).find((candidate) => candidate.title === title);

/** Of every panel that is not of a metric of the policy: what it is, and what it asks. */
const EXPECTED: Record<string, Record<string, readonly [string, ...string[]]>> = {
  Rollout: {
    Traffic: ["time-series percent", 'max(rollguard_traffic_percentage{application="genesis"})'],
    Gate: [
      "table count",
      'max by (metric) (rollguard_gate_value{application="genesis"})',
      'max by (metric) (rollguard_gate_verdict{application="genesis"})',
    ],
    Rollout: ["table count", 'max by (plan, stage, state) (rollguard_rollout_info{application="genesis"})'],
    Stage: ["stat count", 'max(rollguard_rollout_stage{application="genesis"})'],
    "Bake time left": ["stat seconds", 'max(rollguard_bake_remaining_seconds{application="genesis"})'],
    Evidence: ["stat count", 'max(rollguard_blind{application="genesis"})'],
  },
  Responder: {
    Decisions: ["time-series count", "sum by (reason) (increase(rollguard_decisions_total[5m]))"],
    "Webhook latency": [
      "time-series seconds",
      "histogram_quantile(0.5, sum by (le) (rate(rollguard_webhook_duration_seconds_bucket[5m])))",
      "histogram_quantile(0.99, sum by (le) (rate(rollguard_webhook_duration_seconds_bucket[5m])))",
    ],
    Webhooks: [
      "time-series count",
      "sum by (code) (increase(rollguard_webhook_duration_seconds_count[5m]))",
      'sum(increase(alertmanager_notifications_failed_total{integration="webhook"}[5m]))',
    ],
    Outbox: ["time-series count", 'max by (state) (rollguard_outbox_depth{application="genesis"})'],
    "Oldest message": ["time-series seconds", 'max(rollguard_outbox_age_seconds{application="genesis"})'],
    Store: ["stat count", "rollguard_store_up"],
    "Store latency": [
      "time-series seconds",
      "histogram_quantile(0.99, sum by (le) (rate(rollguard_store_transaction_seconds_bucket[5m])))",
      "histogram_quantile(0.99, sum by (le) (rate(rollguard_store_lock_wait_seconds_bucket[5m])))",
    ],
  },
};

for (const [row, expected] of Object.entries(EXPECTED)) {
  describe(`the row ${row}`, () => {
    it("has these panels, in their order", () =>
      expect(panelsOf(row).map(({ title }) => title)).toEqual(Object.keys(expected)));

    for (const [title, [what, ...queries]] of Object.entries(expected))
      it(`asks of ${title} what it is to show`, () => {
        const found = panel(row, title);
        expect(`${found?.kind} ${found?.unit}`).toBe(what);
        expect(found?.queries.map(({ expr }) => expr)).toEqual(queries);
      });
  });
}

describe("words and colours", () => {
  const wordsOf = (words: DashboardPanel["words"] = []) =>
    words.map(({ value, text, colour }) => `${value} ${text}: ${colour}`);

  it("say whether there is evidence", () =>
    expect(wordsOf(panel("Rollout", "Evidence")?.words)).toEqual(["0 sees: green", "1 BLIND: red"]));

  it("say whether the store is up", () =>
    expect(wordsOf(panel("Responder", "Store")?.words)).toEqual(["0 DOWN: red", "1 UP: green"]));

  it("say what a gate's verdict is, beside each metric and its value", () => {
    const columns = panel("Rollout", "Gate")?.columns ?? [];
    expect(columns.map(({ source, title }) => [source, title])).toEqual([
      ["metric", "metric"],
      [0, "value"],
      [1, "verdict"],
    ]);
    expect(wordsOf(columns[2]?.words)).toEqual([
      "-1 no data: grey",
      "0 green: green",
      "1 yellow: yellow",
      "2 red: red",
    ]);
  });

  it("say plan, stage and state of the rollout", () =>
    expect(panel("Rollout", "Rollout")?.columns.map(({ source }) => source)).toEqual([
      "plan",
      "stage",
      "state",
    ]));

  it("tell two curves of one panel apart", () => {
    for (const { kind, queries } of [...panelsOf("Rollout"), ...panelsOf("Responder")]) {
      const legends = queries.map(({ legend }) => legend);
      if (kind === "time-series") expect([...new Set(legends)]).toEqual(legends);
    }
    expect(panel("Responder", "Store latency")?.queries.map(({ legend }) => legend)).toEqual([
      "p99 transaction",
      "p99 lock",
    ]);
  });
});
