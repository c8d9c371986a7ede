import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createAlertmanagerSource } from "../../src/adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import { Reconcile } from "../../src/app/reconcile.ts";
import { recorderOf } from "../app/recorders.ts";
import {
  type AlertmanagerOptions,
  type AlertmanagerServer,
  startAlertmanager,
} from "../support/alertmanager-server.ts";
import { startTestApp, type TestApp } from "../support/http-app.ts";
import { policyOf } from "../support/policies.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

const shop = policyOf({
  flags: [{ key: "cache", phase: 6 }],
  tiers: { phase: { phases: [6], trafficCap: 30 }, "safe-state": { trafficCap: 0 } },
  triggers: [
    { alert: "TestsFail", tier: "phase" },
    { alert: "ErrorRateSpike", tier: "safe-state" },
  ],
});
const clock = { now: () => Date.now() };
const labels = { alertname: "TestsFail", application: "shop", rollback: "phase" };

let running: Stopper;
let rollguard: TestApp;
let reconcile: Reconcile;
let url: string;
/** Answers of Alertmanager. */
let asked: number;

beforeEach(async () => {
  running = new Stopper();
  rollguard = await running.start(
    startTestApp({ policies: [shop], clock, askForRest: () => reconcile.hurry() }),
  );
  const server = createServer(rollguard.app);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  running.add(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterEach(() => running.stop());

/** An Alertmanager that tells this Rollguard, and is asked by it. */
async function start({
  path = "/api/v1/alerts",
  ...options
}: Partial<AlertmanagerOptions> & { path?: string } = {}): Promise<AlertmanagerServer> {
  const alertmanager = await running.start(
    startAlertmanager({ webhook: `${url}${path}`, groupInterval: "1s", debug: true, ...options }),
  );
  const policies = new Policies([shop]);
  const { store } = rollguard;
  const source = createAlertmanagerSource(createJsonApi({ name: "Alertmanager", url: alertmanager.url }));
  asked = 0;
  reconcile = new Reconcile({
    policies,
    store,
    lanes: new Lanes({ store, policies }),
    clock,
    recorder: recorderOf(),
    askWhyUnread: null,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    alerts: {
      ...source,
      async alerts(matcher) {
        const answer = await source.alerts(matcher);
        asked += 1;
        return answer;
      },
    },
  });
  running.add(() => reconcile.stop());
  return alertmanager;
}

const fires = (alertmanager: AlertmanagerServer): Promise<void> =>
  alertmanager.post([{ labels, startsAt: new Date().toISOString() }]);

async function events(): Promise<string[]> {
  const all = await rollguard.store.events("shop", { limit: 100 });
  return all.map(({ reason, actor }) => `${reason} by ${actor}`);
}

async function counted(name: string): Promise<number> {
  const lines = (await (await fetch(`${url}/metrics`)).text()).split("\n");
  return Number(lines.find((line) => line.startsWith(`${name} `))?.slice(name.length));
}

async function operator(method: "POST" | "PUT", path: string, body: object): Promise<void> {
  const headers = { "content-type": "application/json" };
  const to = `${url}/api/v1/applications/shop${path}`;
  const answer = await fetch(to, { method, headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`);
}

/** Until Alertmanager has looked at the alert so often: at the second time it has told what it would tell. */
async function looked(
  alertmanager: AlertmanagerServer,
  state: "active" | "resolved",
  times: number,
): Promise<void> {
  const before = alertmanager.flushes("TestsFail", state);
  await until(
    `Alertmanager to look ${times} times`,
    () => alertmanager.flushes("TestsFail", state) - before,
    (more) => more >= times,
    { onFailure: () => alertmanager.report() },
  );
}

test("what fires again after a silence is not told by Alertmanager, and found in its list", async () => {
  const alertmanager = await start();
  await fires(alertmanager);
  await until("the rollback", events, (all) => all.length === 1);
  const id = (await rollguard.store.read("shop")).rollback?.id;
  await operator("POST", `/rollbacks/${id}/acknowledge`, { reason: "mended", force: true });
  await operator("PUT", "/flags/cache", { enabled: true, reason: "mended", acknowledge: true });

  const silence = await alertmanager.silence("TestsFail");
  const seen = looked(alertmanager, "resolved", 1);
  await alertmanager.post([{ labels, endsAt: new Date().toISOString() }]);
  await seen;
  await silence.expire();

  await fires(alertmanager);
  await looked(alertmanager, "active", 2);
  expect(await counted('rollguard_alerts_received_total{status="firing"}')).toBe(1);
  expect(await events()).toHaveLength(3);

  await reconcile.poll();
  expect((await events()).at(-1)).toBe("rolled_back by reconcile");
  expect((await rollguard.store.read("shop")).flags.get("cache")?.enabled).toBe(false);
});

test("what Alertmanager cuts off a body is asked for at once", async () => {
  const alertmanager = await start({ groupBy: ["application"], groupWait: "1s", maxAlerts: 1 });
  reconcile.start();
  await until(
    "the question of the start",
    () => asked,
    (times) => times === 1,
  );
  const both = [labels, { ...labels, alertname: "ErrorRateSpike", rollback: "safe-state" }];
  await alertmanager.post(both.map((each) => ({ labels: each, startsAt: new Date().toISOString() })));
  const all = await until("both alerts", events, (told) => told.length >= 3);
  expect(all[0]).toMatch(/^rolled_back by alertmanager$/);
  expect(all).toContain("truncated by alertmanager");
  expect(all.at(-1)).toMatch(/^(escalated|absorbed) by reconcile$/);
  expect((await rollguard.store.read("shop")).rollback?.tier).toBe("safe-state");
  expect(await counted("rollguard_alerts_truncated_total")).toBeGreaterThanOrEqual(1);
});

test("an address with a template rolls back, whether or not this Alertmanager fills it in", async () => {
  const alertmanager = await start({ path: "/api/v1/applications/{{ .CommonLabels.application }}/alerts" });
  await fires(alertmanager);
  const [first] = await until("the rollback", events, (told) => told.length >= 1);
  expect(first).toBe("rolled_back by alertmanager");
});
