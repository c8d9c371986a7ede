import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAlertmanagerSource } from "../../src/adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../../src/adapters/prometheus/prometheus-source.ts";
import type { PreflightCheck } from "../../src/app/preflight/preflight-check.ts";
import { type Preflight, type PreflightReport, preflight } from "../../src/app/preflight.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { startAlertmanagerFrom } from "../support/alertmanager-server.ts";
import { rulesOf } from "../support/generated.ts";
import { freePort } from "../support/process.ts";
import { type PrometheusServer, startPrometheusFrom } from "../support/prometheus-server.ts";
import { type SampleApp, startSampleApp } from "../support/sample-app.ts";
import { stackPolicy } from "../support/stack-policy.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { generatedFiles } from "../support/upstream-tools.ts";
import { startCountingStore } from "./counting-store.ts";

const running = new Stopper();
afterAll(() => running.stop());

let text: string;
let policy: Policy;
let node: SampleApp;
let prometheus: PrometheusServer;
let tools: Preflight;

function policyIn(yaml: string): Policy {
  const loaded = loadPolicyText(yaml, "genesis.yaml");
  if (loaded.policy === null) throw new Error(JSON.stringify(loaded.problems));
  return loaded.policy;
}

function ruleCount(): number {
  return rulesOf(policy).file.groups.flatMap(({ rules }) => rules).length;
}

/** The policy with some of its text exchanged, as if it had been edited after its rules were loaded. */
function edited(...changes: readonly (readonly [string, string])[]): Policy {
  let result = text;
  for (const [from, to] of changes) {
    if (!result.includes(from)) throw new Error(`the policy has no ${from}`);
    result = result.replace(from, to);
  }
  return policyIn(result);
}

async function check(name: string, of: Policy = policy): Promise<PreflightCheck | undefined> {
  return (await preflight({ ...tools, policies: () => [of] }, of)).checks.find((each) => each.name === name);
}

beforeAll(async () => {
  const app = await running.start(startSampleApp());
  node = await running.start(startSampleApp());
  const addresses = new Map([
    ["genesis", app.address],
    ["node", node.address],
  ]);
  const original = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  text = stackPolicy(original, { turnedOn: new Map(), addresses, quick: ["ErrorRateSpike"] });
  policy = policyIn(text);
  const files = await generatedFiles([policy]);
  running.add(files.remove);
  prometheus = await running.start(
    startPrometheusFrom({
      configuredBy: files.file("prometheus/prometheus.yml"),
      address: `127.0.0.1:${await freePort()}`,
    }),
  );
  const alertmanager = await running.start(
    startAlertmanagerFrom({
      configuredBy: files.file("alertmanager/alertmanager.yml"),
      address: `127.0.0.1:${await freePort()}`,
    }),
  );
  const { store } = await running.start(startCountingStore());
  tools = {
    metrics: createPrometheusSource(createJsonApi({ name: "Prometheus", url: prometheus.url })),
    alerts: createAlertmanagerSource(createJsonApi({ name: "Alertmanager", url: alertmanager.url })),
    store,
    clock: { now: () => Date.now() },
    policies: () => [policy],
    policyProblems: () => [],
    channels: { slack: false, pagerduty: false, email: false },
    production: true,
  };
});

describe("real servers, with what was generated for them", () => {
  test("are ready", async () => {
    const report: PreflightReport = await until(
      "all targets to be up",
      () => preflight(tools, policy),
      ({ checks }) => checks.every(({ status }) => status === "pass"),
      { onFailure: prometheus.report },
    );
    expect(report.ok).toBe(true);
    expect(report.checks).toEqual([
      {
        name: "policy",
        status: "pass",
        fix: null,
        detail: "the policy of genesis is in force, and valid on disk",
      },
      { name: "store", status: "pass", fix: null, detail: "the embedded store reads and writes" },
      {
        name: "prometheus",
        status: "pass",
        fix: null,
        detail: "1 target of genesis up, and 1 of other jobs",
      },
      {
        name: "rules",
        status: "pass",
        fix: null,
        detail: `${ruleCount()} generated rules loaded, as generated`,
      },
      {
        name: "alertmanager",
        status: "pass",
        fix: null,
        detail: `${policy.triggers.size} triggers and the Watchdog come to Rollguard: http://rollguard:9095/api/v1/alerts`,
      },
      { name: "notifications", status: "pass", fix: null, detail: "slack configured" },
    ]);
  });

  test("rules that are not the policy's any more are told one by one", async () => {
    const changed = edited(
      ["expr: error_rate > 1.0", "expr: error_rate > 1.5"],
      ["expr: test_pass_rate < 95", "expr: test_pass_rate<95.0"],
      ["- alert: LatencyElevated", "- alert: LatencyRaised"],
      ["rollback: emergency", "rollback: phase"],
      ["for: 5m", "for: 4m"],
    );
    expect(await check("rules", changed)).toEqual({
      name: "rules",
      status: "fail",
      detail:
        "the loaded rules are not the generated ones: " +
        "alert LatencyRaised is missing; " +
        "alert LatencyElevated is loaded, but is not generated; " +
        "alert ErrorRateSpike is different: its expression is error_rate > 1; " +
        'alert ServiceDown is different: label rollback is "emergency", not "phase"; ' +
        "alert P99LatencyExtreme is different: `for` is 5m, not 4m",
      fix: "run `rollguard generate` and reload Prometheus",
    });
  });

  test("so are groups that are evaluated too seldom", async () => {
    const changed = edited(["evaluationInterval: 1s", "evaluationInterval: 500ms"]);
    expect((await check("rules", changed))?.detail).toMatch(
      /^the loaded rules are not the generated ones: group genesis-rollback is evaluated every 1s, not 500ms; group/,
    );
  });

  test("rules of another application are not its own", async () => {
    const other = edited(["name: genesis", "name: shop"]);
    expect(await check("rules", other)).toMatchObject({
      status: "fail",
      detail: `Prometheus has loaded none of the ${ruleCount()} generated rules of shop`,
    });
  });

  test("an application that Prometheus does not scrape is not ready", async () => {
    const other = edited(["job: genesis", "job: shop"]);
    expect(await check("prometheus", other)).toMatchObject({
      status: "fail",
      detail: "Prometheus has no target of the job shop",
    });
  });

  test("a target beside it that is down is worth a warning, its own would be a reason to stop", async () => {
    node.goDown();
    const found = await until(
      "the target to be down",
      () => check("prometheus"),
      (one) => one?.status === "warn",
    );
    expect(found?.detail).toMatch(
      /^1 target of other jobs is down: node 127\.0\.0\.1:\d+ \(.*(EOF|reset).*\)$/,
    );
    const nodes = { ...policy, application: { ...policy.application, job: "node" } };
    expect(await check("prometheus", nodes)).toMatchObject({
      status: "fail",
      detail: expect.stringMatching(/^1 of 1 target of node is down: node 127/),
    });
  });

  test("without Prometheus it is not ready, and says where it looked", async () => {
    await prometheus.stop();
    const { ok, checks } = await preflight(tools, policy);
    expect(ok).toBe(false);
    for (const name of ["prometheus", "rules"]) {
      expect(checks.find((each) => each.name === name)).toEqual({
        name,
        status: "fail",
        detail: `Prometheus does not answer: connect ECONNREFUSED ${prometheus.address}`,
        fix: "see that it is up, and that ROLLGUARD_PROMETHEUS_URL is its address and reachable from here",
      });
    }
    expect(checks.find(({ name }) => name === "alertmanager")?.status).toBe("pass");
  });
});
