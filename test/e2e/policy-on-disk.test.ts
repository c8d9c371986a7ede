import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";

const running = new Stopper();
let policy: string;
let rollguard: RollguardServer;

beforeAll(async () => {
  policy = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  rollguard = await running.start(startRollguard({ policy, webhookToken: "a-token-of-this-test" }));
}, 60_000);

afterAll(() => running.stop());

async function policyCheck(): Promise<unknown> {
  const { body } = await rollguard.command("genesis", "preflight");
  return (body.checks as { name: string }[]).find(({ name }) => name === "policy");
}

test("preflight tells a policy that was edited and not reloaded, and one that cannot be loaded", async () => {
  expect(await policyCheck()).toMatchObject({ status: "pass" });
  await rollguard.editPolicy(policy.replace("trafficCap: 30", "trafficCap: 20"));
  expect(await policyCheck()).toMatchObject({ status: "fail", detail: expect.stringContaining("reload it") });
  await fetch(`${rollguard.url}/-/reload`, { method: "POST" });
  expect(await policyCheck()).toMatchObject({ status: "pass" });
  await rollguard.editPolicy("application: {}\n");
  expect(await policyCheck()).toMatchObject({
    status: "fail",
    detail: expect.stringMatching(/problems? in/),
  });
}, 60_000);
