import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startProcess } from "../support/process.ts";
import { ROLLGUARD, type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const TOKEN = "a-token-of-this-test";
const running = new Stopper();
let policy: string;
let rollguard: RollguardServer;

beforeAll(async () => {
  policy = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  const env = { PHASE_4_DEPLOYMENT: "on", OTEL_ENABLED: "0" };
  rollguard = await running.start(startRollguard({ policy, webhookToken: TOKEN, env }));
}, 60_000);

afterAll(() => running.stop());

const MASK =
  "the environment override keeps phase_4_deployment on for everybody: unset PHASE_4_DEPLOYMENT and restart Rollguard";

test("the log of the start has every override that is in force", () => {
  const line = rollguard.report().match(/\{.*environment overrides are in force.*\}/)?.[0] ?? "{}";
  expect(JSON.parse(line)).toMatchObject({
    overrides: [
      { application: "genesis", flag: "otel_enabled", override: false, variable: "OTEL_ENABLED" },
      { application: "genesis", flag: "phase_4_deployment", override: true, variable: "PHASE_4_DEPLOYMENT" },
    ],
  });
});

test("users meet what the environment says, and no rollout may begin that could not move them", async () => {
  const { traffic } = await rollguard.application("genesis");
  expect(traffic).toBe(100);
  const flags = await rollguard.flags("genesis");
  expect(flags.get("phase_4_deployment")).toMatchObject({ enabled: false, exposure: 100, override: true });
  // Its child meets it as its parent.
  expect(flags.get("llm_integration_enabled")).toMatchObject({ exposure: 100 });
  expect(flags.get("otel_enabled")).toMatchObject({ enabled: true, exposure: 0, override: false });
  const { body } = await rollguard.command("genesis", "preflight");
  expect(body.checks).toContainEqual(
    expect.objectContaining({
      name: "policy",
      status: "fail",
      detail:
        "traffic stays at 100 % whatever a rollout sets, because of phase_4_deployment on (PHASE_4_DEPLOYMENT)",
    }),
  );
});

test("a rollback that they mask says so to Alertmanager, in the ledger and in the log", async () => {
  const answer = await fetch(rollguard.webhook, {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(webhookBody([alertBody("ErrorRateSpike", { labels: { application: "genesis" } })])),
  });
  expect(answer.status).toBe(200);
  expect(await answer.json()).toMatchObject({ decisions: [{ warning: MASK }] });
  const [event] = await rollguard.events("genesis");
  expect(event?.detail).toBe(`ErrorRateSpike is firing; but ${MASK}`);
  expect(rollguard.report()).toMatch(new RegExp(`"level":"warn",.*"warning":"${MASK}"`));
});

test("nonsense in one stops the start, with all that is wrong", async () => {
  const started = await startProcess({
    name: "rollguard",
    command: process.execPath,
    args: [ROLLGUARD, "serve"],
    env: {
      ROLLGUARD_POLICY: "rules/genesis.yaml",
      EMERGENCY_SHUTDOWN: "please",
      OTEL_ENABLED: "",
      HALO_ENABLED: "50",
    },
  });
  running.add(started.stop);
  expect((await started.ended).code).toBe(1);
  expect(started.report()).toMatch(/EMERGENCY_SHUTDOWN: "please" overrides nothing/);
  expect(started.report()).toMatch(/HALO_ENABLED: "50" overrides nothing/);
  expect(started.report()).not.toMatch(/OTEL_ENABLED/);
}, 30_000);
