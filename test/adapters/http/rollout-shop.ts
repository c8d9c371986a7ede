import { expect } from "@jest/globals";
import request from "supertest";
import type { Plan, Stage } from "../../../src/domain/plan.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import type { ApplicationState } from "../../../src/domain/state.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";

export const APP = "/api/v1/applications/shop";

function stage(traffic: number, more: Partial<Stage> = {}): Stage {
  return {
    name: `to ${traffic} %`,
    traffic,
    flags: new Map(),
    bake: 3_600_000,
    checkEvery: 600_000,
    gate: "standard",
    approval: false,
    ...more,
  };
}

function plan(name: string, more: Partial<Plan> = {}): Plan {
  return {
    name,
    description: "",
    stages: [stage(10), stage(100)],
    stepEvery: null,
    dangerous: false,
    ...more,
  };
}

/** A shop that can be rolled out: two plans, one gate, one trigger. */
export const shop: Policy = {
  ...policyOf({
    flags: [{ key: "cache", enabled: false, rolloutPercentage: 0 }],
    triggers: [{ alert: "ErrorRateSpike", tier: "safe-state" }],
    tiers: { "safe-state": { trafficCap: 0, flags: ["cache"] } },
  }),
  plans: new Map([
    ["safe", plan("safe")],
    ["instant", plan("instant", { dangerous: true, stages: [stage(100)] })],
  ]),
  gates: new Map([
    [
      "standard",
      {
        name: "standard",
        holdFor: 60_000,
        criteria: [
          {
            metric: "error_rate",
            expr: null,
            source: "prometheus",
            green: { comparison: "<", value: 0.1 },
            red: { comparison: ">", value: 1 },
            sustained: "whole-bake",
          },
        ],
      },
    ],
  ]),
};

let running: TestApp | undefined;

export async function start(more: Partial<Parameters<typeof startTestApp>[0]> = {}): Promise<TestApp> {
  running = await startTestApp({ policies: [shop], ...more });
  return running;
}

export const stop = (): Promise<void> | undefined => running?.stop();

export const deploy = (app: TestApp, body: object = {}): request.Test =>
  request(app.app).post(`${APP}/deploy`).send(body);

export const stateOf = ({ store }: TestApp): Promise<ApplicationState> => store.read("shop");

/** Each is refused, says so by name, and leaves the application as it was. */
export async function expectRefused(
  app: TestApp,
  path: string,
  body: object,
  status: number,
  says: RegExp,
): Promise<void> {
  const before = await stateOf(app);
  const answer = await request(app.app).post(`${APP}/${path}`).send(body);
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { reason: "refused", detail: expect.stringMatching(says) },
  });
  expect(answer.type).toBe("application/problem+json");
  expect(await stateOf(app)).toEqual(before);
}
