import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type AlertmanagerServer, startAlertmanagerFrom } from "../support/alertmanager-server.ts";
import { freePort, temporaryDirectory } from "../support/process.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { stackPolicy } from "../support/stack-policy.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const NAME = "ErrorRateSpike";
const TOKEN = "a-token-that-only-this-test-knows";
const LABELS = { alertname: NAME, application: "genesis", rollback: "safe-state", severity: "critical" };
/** Whole seconds: the same for both replicas, and in every text. */
const STARTS_AT = new Date(Math.floor(Date.now() / 1_000) * 1_000 - 60_000).toISOString();

const running = new Stopper();
let alertmanager: AlertmanagerServer;
let rollguard: RollguardServer;

beforeAll(async () => {
  const directory = await temporaryDirectory("alternating");
  running.add(directory.remove);
  const address = `127.0.0.1:${await freePort()}`;
  const turnedOn = new Map([["phase_4_deployment", 60]]);
  const text = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  rollguard = await running.start(
    startRollguard({
      policy: stackPolicy(text, { turnedOn, addresses: new Map(), quick: [] }),
      webhookToken: TOKEN,
      env: { ROLLGUARD_ALERTMANAGER_URL: `http://${address}` },
    }),
  );
  const credentials = join(directory.path, "token");
  await writeFile(credentials, TOKEN);
  const configuredBy = join(directory.path, "alertmanager.json");
  const group = { group_by: ["..."], group_wait: "0s", group_interval: "1s", repeat_interval: "5m" };
  const http_config = { follow_redirects: false, authorization: { credentials_file: credentials } };
  const webhook_configs = [{ url: rollguard.webhook, send_resolved: true, max_alerts: 0, http_config }];
  await writeFile(
    configuredBy,
    JSON.stringify({
      route: { receiver: "rollguard", ...group },
      receivers: [{ name: "rollguard", webhook_configs }],
    }),
  );
  alertmanager = await running.start(startAlertmanagerFrom({ configuredBy, address }));
}, 60_000);

afterAll(() => running.stop());

/** As one of two Prometheus says it, which hand in the same alert. */
async function says(status: "firing" | "resolved"): Promise<void> {
  const endsAt = status === "firing" ? Date.now() + 240_000 : Date.now();
  await alertmanager.post([{ labels: LABELS, startsAt: STARTS_AT, endsAt: new Date(endsAt).toISOString() }]);
}

/** As one of two Alertmanagers does. */
async function post(alert: object): Promise<void> {
  const answer = await fetch(rollguard.webhook, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(webhookBody([alert])),
  });
  expect(answer.status).toBe(200);
}

const seen = () => rollguard.application("genesis");
const reasons = async () => (await rollguard.events("genesis")).map(({ reason }) => reason);
const report = { onFailure: () => `${alertmanager.report()}\n${rollguard.report()}` };

test("two Prometheus that disagree: one rollback, told once that it comes and goes, whatever each says next", async () => {
  await says("firing");
  const begun = await until("the rollback", seen, ({ rollback }) => rollback !== null, report);
  for (let turn = 0; turn < 2; turn++) {
    await says("resolved");
    const wanted = ["rolled_back", "resolved"];
    if (turn === 0) await until("the first end", reasons, (all) => all.join() === wanted.join(), report);
    await says("firing");
    await until("what comes back", seen, ({ alerts }) => alerts.length === 1, report);
  }
  const { rollback, revision } = await seen();
  expect(rollback?.id).toBe(begun.rollback?.id);
  expect(await reasons()).toEqual(["rolled_back", "resolved", "absorbed"]);
  expect((await rollguard.events("genesis")).at(-1)?.detail).toBe(
    `${NAME} comes and goes: it is the same alert until it has been quiet for 5m`,
  );
  expect(revision).toBe(3);
});

test("a stale firing after an operator's word: Alertmanager does not list it, and nothing is turned down", async () => {
  await says("resolved");
  await until("Alertmanager to list it no more", alertmanager.alerts, (all) => all.length === 0, report);
  const { rollback } = await seen();
  const fingerprint = (await rollguard.events("genesis"))[0]?.alert?.fingerprint;
  const told = { fingerprint, startsAt: STARTS_AT, labels: LABELS };
  await post(alertBody(NAME, { ...told, status: "resolved", endsAt: new Date().toISOString() }));
  const said = { reason: "the pool was too small", force: true };
  const acknowledged = await rollguard.command("genesis", `rollbacks/${rollback?.id}/acknowledge`, said);
  expect(acknowledged.status).toBe(200);
  await post(alertBody(NAME, told));
  expect((await seen()).rollback).toBeNull();
  expect((await rollguard.events("genesis")).at(-1)).toMatchObject({
    reason: "duplicate",
    flags: [],
    detail: expect.stringMatching(/late news of it: Alertmanager does not list it$/),
  });
});
