import { expect } from "@jest/globals";
import request from "supertest";
import type { Policy } from "../../../src/domain/policy.ts";
import type { ApplicationState } from "../../../src/domain/state.ts";
import { startTestApp, type TestApp } from "../../support/http-app.ts";
import { policyOf } from "../../support/policies.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";

export const APP = "/api/v1/applications/shop";
export const NOW = 1_790_000_000_000;

/** Everything is on, but for the kill switch. */
export const shop: Policy = policyOf({
  flags: [
    { key: "search", phase: 5 },
    { key: "cache", phase: 6 },
    { key: "warm", parent: "cache" },
    { key: "otel", protected: true, phase: 6 },
    { key: "read_only", kind: "operational" },
    { key: "stop", kind: "kill-switch", enabled: false, rolloutPercentage: 0 },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { phases: [5, 6], trafficCap: 0 },
    emergency: { pages: true, budget: 60_000 },
  },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
});

export const ON = { enabled: true, rolloutPercentage: 100 };
export const OFF = { enabled: false, rolloutPercentage: 0 };

let running: TestApp | undefined;

export async function start(more: Partial<Parameters<typeof startTestApp>[0]> = {}): Promise<TestApp> {
  running = await startTestApp({ policies: [shop], now: NOW, ...more });
  return running;
}

export const stop = (): Promise<void> | undefined => running?.stop();

export const post = (app: TestApp, path: string, body: object = {}): request.Test =>
  request(app.app).post(`${APP}/${path}`).send(body);

export const get = (app: TestApp, path: string): request.Test => request(app.app).get(`${APP}/${path}`);

export const stateOf = ({ store }: TestApp): Promise<ApplicationState> => store.read("shop");

/** An alert that began a second before it came. */
export async function fire(app: TestApp, status: "firing" | "resolved" = "firing"): Promise<string> {
  const startsAt = new Date(NOW - 1_000).toISOString();
  const alert = alertBody("TestsFail", { status, startsAt, fingerprint: "f1" });
  const { body } = await request(app.app)
    .post("/api/v1/alerts")
    .send(webhookBody([alert]))
    .expect(200);
  return body.decisions[0].rollback;
}

/** A rollback by hand; its id. */
export async function rollBack(app: TestApp, body: object = {}): Promise<string> {
  const answer = await post(app, "rollbacks", { tier: "phase", reason: "by hand", ...body }).expect(200);
  return answer.body.rollback.id;
}

/** It is refused, says so by name, and leaves the application as it was. */
export async function expectRefused(
  app: TestApp,
  path: string,
  body: object,
  status: number,
  says: RegExp,
): Promise<void> {
  const before = await stateOf(app);
  const answer = await post(app, path, body);
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { reason: "refused", detail: expect.stringMatching(says) },
  });
  expect(answer.type).toBe("application/problem+json");
  expect(await stateOf(app)).toEqual(before);
}
