import type { Dashboard as GrafanaDashboard, Panel } from "@grafana/grafana-foundation-sdk/dashboard";
import { expect, test } from "@jest/globals";
import { dashboardJson } from "../../../src/adapters/grafana/dashboard-json.ts";
import { DATA_SOURCE } from "../../../src/adapters/grafana/panel-builder.ts";
import { dashboardProvisioning, dataSourceProvisioning } from "../../../src/adapters/grafana/provisioning.ts";
import { loadPolicies } from "../../../src/config/policy-files.ts";
import { dashboardOf } from "../../../src/domain/generate/dashboard.ts";
import { type DashboardPanel, panelOf } from "../../../src/domain/generate/dashboard-panels.ts";
import type { Policy } from "../../../src/domain/policy.ts";

const GENESIS = loadPolicies("rules/genesis.yaml").policies[0] as Policy;

function read(text: string): GrafanaDashboard & { panels: Panel[] } {
  return JSON.parse(text) as GrafanaDashboard & { panels: Panel[] };
}

function panelFor(panel: Partial<DashboardPanel>): Panel {
  const query = { expr: "up", legend: "" };
  const shown = panelOf({ title: "A", kind: "time-series", queries: [query], ...panel });
  const { rows, ...dashboard } = dashboardOf(GENESIS);
  expect(rows).not.toEqual([]);
  const text = dashboardJson({ ...dashboard, rows: [{ title: "R", panels: [shown] }] }, "");
  return read(text).panels[1] as Panel;
}

test("the dashboard looks back 48 hours every 10 seconds, and says where it comes from", () => {
  expect(read(dashboardJson(dashboardOf(GENESIS), "from the policy"))).toMatchObject({
    uid: "rollguard-genesis",
    title: "Genesis 48-Hour Post-Deployment Monitoring",
    description: "from the policy",
    refresh: "10s",
    time: { from: "now-48h", to: "now" },
    editable: false,
  });
});

test("its bytes are the same each time", () => {
  const text = dashboardJson(dashboardOf(GENESIS), "");
  expect(dashboardJson(dashboardOf(GENESIS), "")).toBe(text);
  expect(text.endsWith("}\n")).toBe(true);
});

test("it is written as the project writes JSON", () => {
  const text = dashboardJson(dashboardOf(GENESIS), 'a "quoted" word');
  expect(text).toContain('"tags": ["rollguard", "genesis"],\n');
  expect(text).toContain('"calcs": ["lastNotNull"]\n');
  expect(text).toContain('  "panels": [\n    {\n      "type": "row",');
  expect(read(text).description).toBe('a "quoted" word');
});

test("no panel lies on another, and each has an id of its own", () => {
  const { panels } = read(dashboardJson(dashboardOf(GENESIS), ""));
  const taken = new Set<string>();
  for (const { gridPos } of panels) {
    const { x = 0, y = 0, w = 0, h = 0 } = gridPos ?? {};
    expect(x + w).toBeLessThanOrEqual(24);
    for (let column = x; column < x + w; column += 1) {
      for (let line = y; line < y + h; line += 1) {
        expect(taken).not.toContain(`${column}:${line}`);
        taken.add(`${column}:${line}`);
      }
    }
  }
  expect(panels.map(({ id }) => id)).toEqual(panels.map((_panel, index) => index + 1));
});

test("every query asks the data source that is provisioned beside it", () => {
  const { panels } = read(dashboardJson(dashboardOf(GENESIS), ""));
  const targets = panels
    .filter(({ type }) => type !== "row")
    .flatMap((panel) => (panel as Panel).targets ?? []);
  expect(targets.length).toBeGreaterThan(20);
  for (const target of targets) expect(target).toMatchObject({ datasource: DATA_SOURCE });
  expect(dataSourceProvisioning()).toMatchObject({
    datasources: [{ uid: DATA_SOURCE.uid, type: "prometheus", url: "http://prometheus:9090" }],
  });
  expect(dataSourceProvisioning("metrics:9999")).toMatchObject({
    datasources: [{ url: "http://metrics:9999" }],
  });
});

test("the dashboards cannot be edited apart from the policy", () => {
  expect(dashboardProvisioning()).toMatchObject({
    providers: [{ allowUiUpdates: false, options: { path: "/etc/grafana/dashboards" } }],
  });
});

test.each([
  [
    { better: "low", yellow: 1, red: 2 },
    [
      ["green", null],
      ["yellow", 1],
      ["red", 2],
    ],
  ],
  [
    { better: "high", yellow: 98, red: 95 },
    [
      ["red", null],
      ["yellow", 95],
      ["green", 98],
    ],
  ],
  [
    { better: "low", yellow: null, red: 2 },
    [
      ["green", null],
      ["red", 2],
    ],
  ],
  [
    { better: "high", yellow: 60, red: null },
    [
      ["yellow", null],
      ["green", 60],
    ],
  ],
  [
    { better: "high", yellow: null, red: 95 },
    [
      ["red", null],
      ["green", 95],
    ],
  ],
] as const)("thresholds %j are the steps %j", (thresholds, steps) => {
  const { fieldConfig } = panelFor({ thresholds });
  const found = fieldConfig?.defaults.thresholds?.steps.map(({ color, value }) => [color, value]);
  expect(found).toEqual(steps);
});

test("words stand for values, in colour", () => {
  const { fieldConfig } = panelFor({ kind: "stat", words: [{ value: 0, text: "DOWN", colour: "red" }] });
  expect(fieldConfig?.defaults.mappings).toEqual([
    { type: "value", options: { 0: { text: "DOWN", color: "red", index: 0 } } },
  ]);
});

test("a table joins its queries and names its columns", () => {
  const plain = { unit: "count", words: [] } as const;
  const panel = panelFor({
    kind: "table",
    queries: [
      { expr: "a", legend: "" },
      { expr: "b", legend: "" },
    ],
    columns: [
      { source: "flag_name", title: "flag_name", ...plain },
      { source: 1, title: "percentage", ...plain },
      { source: 0, title: "enabled", ...plain },
    ],
  });
  expect(panel.targets).toMatchObject([
    { refId: "A", format: "table", instant: true },
    { refId: "B", format: "table", instant: true },
  ]);
  expect(panel.transformations).toMatchObject([
    { id: "merge" },
    {
      id: "organize",
      options: {
        excludeByName: { Time: true, Value: false },
        indexByName: { flag_name: 0, "Value #B": 1, "Value #A": 2 },
        renameByName: { flag_name: "flag_name", "Value #B": "percentage", "Value #A": "enabled" },
      },
    },
  ]);
});
