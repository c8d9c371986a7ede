import { afterEach, describe, expect, test } from "@jest/globals";
import { verifyRollback } from "../../support/verify-rollback.ts";
import {
  expectRefused,
  fire,
  get,
  NOW,
  OFF,
  ON,
  post,
  rollBack,
  shop,
  start,
  stateOf,
  stop,
} from "./rollback-shop.ts";

afterEach(stop);

const AT = "2026-09-21T14:13:20.000Z";

describe("a rollback by hand", () => {
  test.each([
    ["flag", { flags: ["cache"] }, 100, ["cache", "warm"]],
    ["flag", { phase: 5 }, 100, ["search"]],
    ["stage", {}, 30, ["traffic", "cache"]],
    ["phase", {}, 30, ["traffic", "cache"]],
    ["phase", { flags: ["warm"] }, 30, ["traffic", "cache", "warm"]],
    ["safe-state", {}, 0, ["traffic", "search", "cache"]],
    ["emergency", {}, 0, ["traffic", "search", "cache"]],
    ["emergency", { shutdown: true, confirm: "yes" }, 0, ["traffic", "search", "cache", "stop"]],
  ])("of tier %s with %j", async (tier, more, traffic, touched) => {
    const app = await start();
    const answer = await post(app, "rollbacks", { tier, reason: "it smells", ...more });
    expect(answer.body).toMatchObject({
      application: "shop",
      reason: "rolled_back",
      detail: "by operator: it smells",
      revision: 1,
      traffic,
      rollback: {
        tier,
        trigger: "operator",
        status: "verifying",
        open: true,
        startedBy: "operator",
        reason: "it smells",
        startedAt: AT,
        verifiedAt: null,
      },
    });
    expect(answer.headers.etag).toBe('"1"');
    const flags: { flag: string }[] = answer.body.flags;
    expect(flags.map(({ flag }) => flag)).toEqual(touched);
    const { rollback, flags: stored } = await stateOf(app);
    expect([...stored].filter(([, flag]) => flag.quarantinedBy === rollback?.id).map(([key]) => key)).toEqual(
      touched.filter((key) => key !== "stop"),
    );
  });

  test("as a dry run shows each flag before and after, and changes nothing", async () => {
    const app = await start();
    const { body } = await post(app, "rollbacks", { tier: "phase", reason: "let us see", dryRun: true });
    expect(body).toEqual({
      application: "shop",
      reason: "dry_run",
      would: { reason: "rolled_back", detail: "by operator: let us see" },
      traffic: { before: 100, after: 30 },
      flags: [
        { flag: "traffic", before: ON, after: { enabled: true, rolloutPercentage: 30 } },
        { flag: "cache", before: ON, after: OFF },
      ],
    });
    expect(await stateOf(app)).toMatchObject({ revision: 0, rollback: null });
    const refused = await post(app, "rollbacks", {
      tier: "flag",
      reason: "x",
      flags: ["cahce"],
      dryRun: true,
    });
    expect(refused.body).toMatchObject({ would: { reason: "refused" }, flags: [] });
    const all = { tier: "emergency", shutdown: true, reason: "x", dryRun: true };
    expect((await post(app, "rollbacks", all)).body.flags).toContainEqual({
      flag: "stop",
      before: OFF,
      after: ON,
    });
  });

  test.each([
    ["no tier", { reason: "x" }, 422, /tier: expected one of flag, stage, phase, safe-state, emergency/],
    ["an unknown tier", { tier: "all", reason: "x" }, 422, /tier: expected one of/],
    ["a stage that does not exist", { tier: "stage", stage: 7, reason: "x" }, 422, /stage/],
    ["an unknown flag", { tier: "flag", flags: ["cahce"], reason: "x" }, 409, /no flag "cahce"/],
    ["flags that are no list", { tier: "flag", flags: "cache", reason: "x" }, 422, /flags: expected a list/],
    ["no flag", { tier: "flag", reason: "x" }, 409, /name the flags/],
    [
      "a protected flag",
      { tier: "flag", flags: ["otel"], reason: "x" },
      409,
      /otel: a rollback never touches/,
    ],
    [
      "an operational switch",
      { tier: "flag", flags: ["read_only"], reason: "x" },
      409,
      /read_only: a rollback/,
    ],
    ["an unknown phase", { tier: "flag", phase: 9, reason: "x" }, 409, /in phase 9/],
    ["half a phase", { tier: "flag", phase: 5.5, reason: "x" }, 422, /phase: expected the number/],
    ["no reason", { tier: "phase" }, 409, /say why/],
    ["a blank reason", { tier: "phase", reason: "  " }, 409, /say why/],
    ["a long reason", { tier: "phase", reason: "x".repeat(1_001) }, 422, /reason: expected at most 1000/],
    ["a shutdown without a word", { tier: "emergency", shutdown: true, reason: "x" }, 422, /needs "yes"/],
    [
      "a shutdown by a milder tier",
      { tier: "phase", shutdown: true, confirm: "yes", reason: "x" },
      409,
      /only the tier emergency/,
    ],
    ["a misspelt member", { tier: "phase", reason: "x", dryrun: true }, 422, /dryrun/],
  ])("refuses %s, and changes nothing", async (_, body, status, says) => {
    await expectRefused(await start(), "rollbacks", body, status, says);
  });

  test("takes a reason of 1,000 characters", async () => {
    const app = await start();
    const reason = "x".repeat(1_000);
    await rollBack(app, { reason });
    expect((await stateOf(app)).rollback?.reason).toBe(reason);
  });

  test("joins the open one, and makes it more severe, never milder", async () => {
    const app = await start();
    const id = await fire(app);
    expect(await rollBack(app, { tier: "safe-state" })).toBe(id);
    expect(await rollBack(app, { tier: "flag", flags: ["warm"] })).toBe(id);
    expect(await stateOf(app)).toMatchObject({ rollback: { id, tier: "safe-state", trigger: "TestsFail" } });
  });

  test("of two operators who saw the same only the first one acts", async () => {
    const app = await start();
    const act = (tier: string) => post(app, "rollbacks", { tier, reason: "x" }).set("If-Match", '"0"');
    const answers = await Promise.all([act("phase"), act("safe-state")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await stateOf(app)).toMatchObject({ revision: 1 });
    await act("phase").set("If-Match", "latest").expect(422);
  });
});

describe("reading rollbacks", () => {
  test("lists the open one and those that have ended, newest first", async () => {
    const app = await start();
    expect((await get(app, "rollbacks").expect(200)).body).toEqual({ application: "shop", rollbacks: [] });
    const first = await rollBack(app);
    await verifyRollback(app.store, shop);
    const second = await fire(app);
    const { rollbacks } = (await get(app, "rollbacks").expect(200)).body;
    expect(rollbacks).toMatchObject([
      {
        id: second,
        open: true,
        trigger: "TestsFail",
        startedBy: "alertmanager",
        reason: null,
        endedAt: null,
      },
      { id: first, open: false, trigger: "operator", status: "verified", reason: "by hand" },
    ]);
    expect(rollbacks[1].verifiedAt).toBe(rollbacks[1].endedAt);
  });

  test("tells one with its times, its budget and its events", async () => {
    const app = await start();
    const id = await fire(app);
    const { body } = await get(app, `rollbacks/${id}`).expect(200);
    expect(body).toMatchObject({
      application: "shop",
      id,
      durations: { detected: 1, decided: 0, verified: null, total: null },
      budgetSeconds: 120,
      verification: {
        goodChecks: 0,
        neededChecks: 3,
        nextCheckAt: new Date(NOW + 45_000).toISOString(),
        last: null,
      },
      events: [{ revision: 1, reason: "rolled_back", at: AT, alert: { name: "TestsFail" } }],
    });
    await verifyRollback(app.store, shop, { times: 1, breached: ["TestsFail"] });
    const looked = (await get(app, `rollbacks/${id}`)).body.verification;
    expect(looked.last).toMatchObject({ verdict: "bad", why: ["TestsFail is still true"] });
  });

  test("tells one that has ended, from its first event to its last", async () => {
    const app = await start();
    const id = await fire(app);
    await fire(app, "resolved");
    await verifyRollback(app.store, shop);
    await rollBack(app);
    const { body } = await get(app, `rollbacks/${id}`).expect(200);
    expect(body).toMatchObject({
      status: "verified",
      open: false,
      durations: { detected: 1, decided: 0, verified: 55, total: 56 },
      verification: null,
    });
    expect(
      body.events.map(({ reason, ended }: { reason: string; ended: boolean }) => [reason, ended]),
    ).toEqual([
      ["rolled_back", false],
      ["resolved", false],
      ["verified", true],
    ]);
  });

  test("one that is not remembered is not found", async () => {
    const app = await start();
    const { body } = await get(app, "rollbacks/rb-1-none").expect(404);
    expect(body).toMatchObject({ code: "not_found", detail: expect.stringContaining("rb-1-none") });
    await get(app, "rollbacks/__proto__").expect(404);
  });
});
