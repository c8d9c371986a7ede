import { afterEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { digestOf } from "../../../src/adapters/http/access.ts";
import { withOverrides } from "../../../src/domain/override.ts";
import type { TestApp } from "../../support/http-app.ts";
import { alertBody, webhookBody } from "../../support/webhook-bodies.ts";
import { APP, deploy, shop, start, stateOf, stop } from "./rollout-shop.ts";

afterEach(stop);

const put = (app: TestApp, path: string, body: object): request.Test =>
  request(app.app).put(`${APP}/${path}`).send(body);
const set = (app: TestApp, body: object, key = "cache"): request.Test =>
  put(app, `flags/${key}`, { reason: "canary", ...body });

async function expectRefused(
  app: TestApp,
  asked: request.Test,
  status: number,
  code: string,
  says: RegExp,
): Promise<void> {
  const before = await stateOf(app);
  const answer = await asked;
  expect({ status: answer.status, body: answer.body }).toMatchObject({
    status,
    body: { code, detail: expect.stringMatching(says) },
  });
  expect(answer.type).toBe("application/problem+json");
  expect(await stateOf(app)).toEqual(before);
}

describe("PUT of a flag", () => {
  test("answers with the flag as it is after the commit, and what was done", async () => {
    const app = await start();
    const answer = await set(app, { enabled: true, rolloutPercentage: 12.5 })
      .set("Rollguard-Operator", "thon")
      .expect(200);
    expect(answer.body).toEqual({
      application: "shop",
      key: "cache",
      enabled: true,
      rolloutPercentage: 12.5,
      exposure: 12.5,
      phase: null,
      quarantined: false,
      updatedAt: "2026-09-21T14:13:20.000Z",
      updatedBy: "thon",
      reason: "flag_changed",
      detail: "cache set to 12.5 % by thon: canary",
      revision: 1,
      traffic: 100,
      flags: [
        {
          flag: "cache",
          before: { enabled: false, rolloutPercentage: 0 },
          after: { enabled: true, rolloutPercentage: 12.5 },
        },
      ],
      rollout: null,
      rollback: null,
    });
    expect(answer.headers.etag).toBe('"1"');
    const [event] = await app.store.events("shop", { limit: 10 });
    expect(event).toMatchObject({ actor: "thon", reason: "flag_changed", revision: 1 });
    expect((await request(app.app).get(`${APP}/flags/cache`)).body.enabled).toBe(true);
  });

  test("of what stands so already changes nothing", async () => {
    const app = await start();
    const { body } = await set(app, { enabled: false }).expect(200);
    expect(body).toMatchObject({ detail: "cache stands so already", revision: 0, flags: [] });
    expect(await stateOf(app)).toMatchObject({ revision: 0 });
  });

  test("of two operators who saw the same only the first one acts", async () => {
    const app = await start();
    const act = (rolloutPercentage: number) =>
      set(app, { enabled: true, rolloutPercentage }).set("If-Match", '"0"');
    const answers = await Promise.all([act(5), act(6)]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await stateOf(app)).toMatchObject({ revision: 1 });
    await expectRefused(app, act(7), 409, "refused", /at revision 1, not 0/);
    await set(app, { rolloutPercentage: 8 }).set("If-Match", "*").expect(200);
    await set(app, { rolloutPercentage: 8 }).set("If-Match", "new").expect(422);
  });

  test("as a dry run tells what it would do", async () => {
    const app = await start({ production: true });
    const { body } = await set(app, { enabled: true, dryRun: true }).expect(200);
    expect(body).toMatchObject({
      reason: "dry_run",
      would: { reason: "flag_changed", detail: "cache set to 100 % by operator: canary" },
      flags: [{ flag: "cache", after: { enabled: true, rolloutPercentage: 100 } }],
    });
    expect(await stateOf(app)).toMatchObject({ revision: 0 });
  });

  test.each([
    ["nothing", {}, /body: expected enabled, rolloutPercentage, or both/],
    ["nulls", { enabled: null, rolloutPercentage: null }, /or both/],
    ["a text", { enabled: "true" }, /enabled: expected true or false/],
    ["less than nobody", { rolloutPercentage: -1 }, /rolloutPercentage: expected 0 to 100/],
    ["more than everybody", { rolloutPercentage: 100.01 }, /expected 0 to 100/],
    ["three decimals", { rolloutPercentage: 33.333 }, /at most two decimals/],
    ["no number", { rolloutPercentage: "50" }, /expected a number/],
    ["what is not known", { enabled: true, dry_run: true }, /dry_run/],
    ["another key", { key: "traffic", enabled: true }, /key/],
    ["too long a reason", { enabled: true, reason: "x".repeat(1_001) }, /at most 1000/],
  ])("refuses %s", async (_, body, says) => {
    const app = await start();
    await expectRefused(app, set(app, body), 422, "invalid_request", says);
  });

  test("refuses what there is not, and what says no reason", async () => {
    const app = await start();
    for (const key of ["nothing", "__proto__", "toString"])
      await expectRefused(app, set(app, { enabled: true }, key), 404, "unknown_flag", /has no flag/);
    await request(app.app).put("/api/v1/applications/pub/flags/cache").send({}).expect(404);
    await expectRefused(app, put(app, "flags/cache", { enabled: true }), 409, "refused", /needs a reason/);
    await request(app.app).put(`${APP}/flags/cache`).send("{").expect(400);
  });

  test("in production asks for a yes where more people would meet something", async () => {
    const app = await start({ production: true });
    await expectRefused(app, set(app, { enabled: true }), 409, "refused", /confirm it with "yes"/);
    await set(app, { enabled: true, confirm: "yes" }).expect(200);
    await set(app, { enabled: false }).expect(200);
  });

  test("is refused where a rollout or a rollback stands against it", async () => {
    const app = await start();
    await deploy(app).expect(200);
    await expectRefused(app, set(app, { rolloutPercentage: 50 }, "traffic"), 409, "refused", /abort it/);
    const { body } = await set(app, { rolloutPercentage: 5 }, "traffic").expect(200);
    expect(body).toMatchObject({ key: "traffic", traffic: 5, rollout: { state: "paused" } });
    await request(app.app)
      .post("/api/v1/alerts")
      .send(webhookBody([alertBody("ErrorRateSpike")]));
    await expectRefused(
      app,
      set(app, { enabled: true, acknowledge: true }, "traffic"),
      409,
      "refused",
      /rollback rb-\S+ is open/,
    );
  });

  test("behind an override is stored, with a warning", async () => {
    const app = await start({ policies: [withOverrides(shop, new Map([["cache", false]]))] });
    const { body } = await set(app, { enabled: true }).expect(200);
    expect(body).toMatchObject({
      enabled: true,
      exposure: 0,
      override: false,
      warning: "the environment override keeps cache off for everybody: unset CACHE and restart Rollguard",
      flags: [{ flag: "cache", override: false }],
    });
  });

  test("is an operator's", async () => {
    const credentials = (["viewer", "operator", "webhook"] as const).map((role) => ({
      role,
      name: `the ${role}`,
      digest: digestOf(role),
    }));
    const app = await start({ credentials });
    const by = (token: string) => set(app, { enabled: true }).set("Authorization", `Bearer ${token}`);
    await set(app, { enabled: true }).expect(401);
    await by("viewer").expect(403);
    await by("webhook").expect(403);
    expect((await by("operator").expect(200)).body.updatedBy).toBe("the operator");
    const read = request(app.app).get(`${APP}/flags`).set("Authorization", "Bearer viewer");
    expect((await read.expect(200)).headers.etag).toBe('"1"');
  });

  test.each(["flags", "flags/cache"])("%s takes GET and PUT", async (path) => {
    const app = await start();
    const { headers } = await request(app.app).post(`${APP}/${path}`).expect(405);
    expect(headers.allow).toBe("GET, PUT");
  });
});

describe("PUT of several flags", () => {
  const several = (app: TestApp, flags: object, more: object = {}): request.Test =>
    put(app, "flags", { reason: "import", flags, ...more });

  test("is one commit", async () => {
    const app = await start();
    const { body } = await several(app, [
      { key: "cache", enabled: true, rolloutPercentage: 20 },
      { key: "traffic", rolloutPercentage: 40 },
    ]).expect(200);
    expect(body).toMatchObject({ detail: "2 flags set by operator: import", revision: 1, traffic: 40 });
    expect(body.flags).toHaveLength(2);
    expect(body).not.toHaveProperty("key");
  });

  test.each([
    [[], 422, "invalid_request", /at least one/],
    [{ cache: true }, 422, "invalid_request", /expected a list of flags/],
    [[{ key: "cache" }], 422, "invalid_request", /flags\.0: expected enabled/],
    [[{ key: "cache", enabled: true, percent: 5 }], 422, "invalid_request", /percent/],
    [
      [
        { key: "cache", enabled: true },
        { key: "cache", enabled: false },
      ],
      422,
      "invalid_request",
      /flags\.1\.key: it is there twice/,
    ],
    [
      Array.from({ length: 12 }, (_, n) => ({ key: `g${n}`, enabled: true })),
      404,
      "unknown_flag",
      /"g9" and 2 more/,
    ],
  ] as const)("refuses what is wrong: %#", async (flags, status, code, says) => {
    const app = await start();
    await expectRefused(app, several(app, flags), status, code, says);
  });
});
