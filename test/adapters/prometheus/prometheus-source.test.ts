import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../../src/adapters/prometheus/prometheus-source.ts";
import type { MetricsSource } from "../../../src/app/ports.ts";
import { freePort, temporaryDirectory } from "../../support/process.ts";
import { type PrometheusServer, startPrometheusFrom } from "../../support/prometheus-server.ts";
import { type SampleApp, startSampleApp } from "../../support/sample-app.ts";
import { Stopper } from "../../support/stopper.ts";
import { until } from "../../support/until.ts";
import { failureOf, hanging, json, startOddServer } from "../json-api/odd-server.ts";

const running = new Stopper();
afterAll(() => running.stop());

function sourceAt(url: string): MetricsSource {
  return createPrometheusSource(createJsonApi({ name: "Prometheus", url }));
}

const LIMITED = `(
  error_rate >   1.0   # percent
) and on () (rollguard_traffic_percentage:known{application="genesis"} <= 10)
or
(
  error_rate > 2
) and on () (rollguard_traffic_percentage:known{application="genesis"} > 10 <= 50)`;

const GROUPS = [
  {
    name: "shop-rollback",
    interval: "15s",
    rules: [
      {
        record: "error_rate",
        expr: "rate(errors[1m])  / rate(requests[1m])*100",
        labels: { application: "shop" },
      },
      { record: "bare", expr: "vector(1)" },
      { alert: "Limited", expr: LIMITED, for: "1m30s", labels: { rollback: "stage", value: "{{ $value }}" } },
      { alert: "AtOnce", expr: "up == 0" },
    ],
  },
  { name: "other", rules: [{ record: "x", expr: "vector(1)" }] },
];

describe("a real Prometheus", () => {
  let app: SampleApp;
  let prometheus: PrometheusServer;
  let source: MetricsSource;

  beforeAll(async () => {
    app = await running.start(startSampleApp());
    const directory = await temporaryDirectory("prometheus-source");
    running.add(directory.remove);
    const rules = join(directory.path, "rules.json");
    const configuredBy = join(directory.path, "prometheus.json");
    await writeFile(rules, JSON.stringify({ groups: GROUPS }));
    const nobody = `127.0.0.1:${await freePort()}`;
    const times = { scrape_interval: "1s", scrape_timeout: "1s", evaluation_interval: "1s" };
    const scraped = (job: string, ...targets: readonly string[]) => ({
      job_name: job,
      static_configs: [{ targets }],
    });
    await writeFile(
      configuredBy,
      JSON.stringify({
        global: times,
        rule_files: [rules],
        scrape_configs: [scraped("genesis", app.address), scraped("node", nobody)],
      }),
    );
    const address = `127.0.0.1:${await freePort()}`;
    prometheus = await running.start(startPrometheusFrom({ configuredBy, address }));
    source = sourceAt(prometheus.url);
  });

  test.each([
    ["vector(1)", [1]],
    ["vector(1) / 0", [Number.POSITIVE_INFINITY]],
    ["-vector(1) / 0", [Number.NEGATIVE_INFINITY]],
    ["vector(0) / 0", []],
    ["nothing_like_this", []],
    ["1 / 0", [Number.POSITIVE_INFINITY]],
    ["0 / 0", []],
    ["1.5e-7 * 1", [1.5e-7]],
    [
      'label_replace(vector(2), "a", "1", "", "") or label_replace(vector(0) / 0, "a", "2", "", "") or label_replace(vector(3), "a", "3", "", "")',
      [2, 3],
    ],
  ])("answers %s", async (expr, values) => {
    const answer = await source.query(expr);
    expect([...answer.values].sort((a, b) => a - b)).toEqual(values);
    expect(answer.warnings).toEqual([]);
  });

  test.each([
    ["up[5m]", "Prometheus answered a matrix: the expression must have one number for each series"],
    ['"text"', "Prometheus answered a string: the expression must have one number for each series"],
    ["up[5m", /^Prometheus answered 400 Bad Request: .*parse error: unclosed left bracket$/],
    ["sum(", /^Prometheus answered 400 Bad Request: .*parse error/],
    [
      'label_replace(up, "instance", "x", "", "") + on (instance) label_replace(up, "instance", "x", "", "")',
      /^Prometheus answered 422 Unprocessable Entity: .*duplicate series/,
    ],
  ])("refuses %s", async (expr, message) => {
    await until(
      "two targets",
      () => source.query("up"),
      ({ values }) => values.length === 2,
    );
    await expect(source.query(expr)).rejects.toMatchObject({
      name: "RollguardError",
      code: "source_unavailable",
      message: typeof message === "string" ? message : expect.stringMatching(message),
    });
  });

  test("a target that is gone takes its series along", async () => {
    const tests = (): Promise<number> =>
      source.query("genesis_tests_total").then(({ values }) => values.length);
    await until("the series", tests, (count) => count === 1, { onFailure: prometheus.report });
    app.goDown();
    await until("its end", tests, (count) => count === 0, { onFailure: prometheus.report });
    app.recover();
    await until("its return", tests, (count) => count === 1, { onFailure: prometheus.report });
  });

  test("answers over time, with gaps where there is no number", async () => {
    const to = Math.floor(Date.now() / 60_000) * 60_000;
    const range = { from: to - 60_000, to, step: 15_000 };
    const at = (ago: number, value: number) => ({ at: to - ago, value });
    const recent = `label_replace(vector(time()), "a", "1", "", "") >= ${to / 1_000 - 30}`;
    const answer = await source.queryRange(`${recent} or vector(0) / 0`, range);
    expect(answer.warnings).toEqual([]);
    expect(answer.series.filter((points) => points.length > 0)).toEqual([
      [30_000, 15_000, 0].map((ago) => at(ago, (to - ago) / 1_000)),
    ]);
    expect((await source.queryRange("vector(1) / 0", range)).series).toEqual([
      [60_000, 45_000, 30_000, 15_000, 0].map((ago) => at(ago, Number.POSITIVE_INFINITY)),
    ]);
    expect(await source.queryRange("nothing_like_this", range)).toEqual({ series: [], warnings: [] });
    await expect(source.queryRange("up[5m", range)).rejects.toMatchObject({ code: "source_unavailable" });
    await expect(source.queryRange("up", { ...range, step: 0 })).rejects.toThrow(/^Prometheus answered 400/);
  });

  test("tells each target, and why one is down", async () => {
    const targets = await until(
      "both to be scraped",
      () => source.targets(),
      (all) => all.every(({ up, lastError }) => up || lastError !== ""),
    );
    const [genesis, node] = [...targets].sort((a, b) => (a.job < b.job ? -1 : 1));
    expect(genesis).toEqual({ job: "genesis", instance: app.address, up: true, lastError: "" });
    expect(node).toMatchObject({ job: "node", up: false, lastError: expect.stringContaining("refused") });
  });

  test("tells its rules in their order", async () => {
    const groups = await source.ruleGroups(["shop-rollback"]);
    expect(groups.find(({ name }) => name === "shop-rollback")).toEqual({
      name: "shop-rollback",
      interval: 15_000,
      rules: [
        {
          kind: "record",
          name: "error_rate",
          expr: "rate(errors[1m]) / rate(requests[1m]) * 100",
          for: 0,
          labels: { application: "shop" },
        },
        { kind: "record", name: "bare", expr: "vector(1)", for: 0, labels: {} },
        {
          kind: "alert",
          name: "Limited",
          expr: expect.any(String),
          for: 90_000,
          labels: { rollback: "stage", value: "{{ $value }}" },
        },
        { kind: "alert", name: "AtOnce", expr: "up == 0", for: 0, labels: {} },
      ],
    });
    expect((await source.ruleGroups()).map(({ name }) => name).sort()).toEqual(["other", "shop-rollback"]);
  });

  test("lays out what it has loaded as it lays out what was written", async () => {
    const [group] = (await source.ruleGroups()).filter(({ name }) => name === "shop-rollback");
    const loaded = group?.rules.find(({ name }) => name === "Limited")?.expr ?? "";
    expect(loaded).not.toBe(LIMITED);
    expect(await source.format(loaded)).toBe(await source.format(LIMITED));
    expect(await source.format("error_rate>1.0")).toBe("error_rate > 1");
    await expect(source.format("sum(")).rejects.toThrow(/^Prometheus answered 400/);
  });
});

test("a real Prometheus that cannot reach all of its data says so", async () => {
  const directory = await temporaryDirectory("prometheus-remote");
  running.add(directory.remove);
  const configuredBy = join(directory.path, "prometheus.json");
  const remote = { url: `http://127.0.0.1:${await freePort()}/read`, read_recent: true };
  await writeFile(configuredBy, JSON.stringify({ remote_read: [remote] }));
  const address = `127.0.0.1:${await freePort()}`;
  const { url } = await running.start(startPrometheusFrom({ configuredBy, address }));
  const { values, warnings } = await sourceAt(url).query("up");
  expect(values).toEqual([]);
  expect(warnings).toEqual([expect.stringContaining("connection refused")]);
});

describe("an answer that Prometheus' API does not know", () => {
  const vector = (...result: readonly unknown[]) => ({
    status: "success",
    data: { resultType: "vector", result },
  });
  test.each([
    [vector({ metric: {}, value: [1, "seven"] }), "data.result.0.value.1: is no number"],
    [vector({ metric: {}, value: [1, ""] }), "data.result.0.value.1: is no number"],
    [vector({ metric: {}, histogram: [1, { count: "2" }] }), "data.result.0.value"],
    [vector({ metric: {}, value: [1, 7] }), "data.result.0.value.1"],
    [{ status: "error", error: "no" }, "status"],
    [{ status: "success", data: { resultType: "vector" } }, "data.result"],
    [{ status: "success", data: { resultType: "graph", result: [] } }, "data.resultType"],
    [[], "expected object, received array"],
  ])("%j", async (answer, what) => {
    const { url } = await running.start(startOddServer(json(answer)));
    const message = await sourceAt(url)
      .query("up")
      .then(String, (error: Error) => error.message);
    expect(message).toContain("Prometheus answered something unknown on /api/v1/query: ");
    expect(message).toContain(what);
  });

  test("what newer servers add is left alone", async () => {
    const answer = { ...vector({ metric: { a: "b" }, value: [1.5, "2"] }), infos: ["x"], warnings: null };
    const { url, seen } = await running.start(startOddServer(json(answer)));
    expect(await sourceAt(url).query("up")).toEqual({ values: [2], nan: 0, warnings: [] });
    expect(seen[0]).toMatchObject({ method: "POST", url: "/api/v1/query", body: "query=up" });
  });
});

test("rules that somebody needs soon are asked for once", async () => {
  const { url, seen } = await running.start(startOddServer(hanging));
  const error = await failureOf(sourceAt(url).ruleGroups(["shop-rollback"], 50));
  expect(error.message).toMatch(/^Prometheus does not answer: no answer within /);
  expect(seen).toHaveLength(1);
});
