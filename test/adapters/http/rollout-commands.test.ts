import { afterEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { APP, deploy, expectRefused, start, stateOf, stop } from "./rollout-shop.ts";

afterEach(stop);

describe("an operator's command", () => {
  test("pauses, resumes and aborts", async () => {
    const app = await start();
    await deploy(app).expect(200);
    for (const [verb, reason, state] of [
      ["pause", "paused", "paused"],
      ["resume", "resumed", "running"],
      ["abort", "aborted", "aborted"],
    ] as const) {
      const { body } = await request(app.app).post(`${APP}/${verb}`).send({ reason: "because" });
      expect(body).toMatchObject({
        reason,
        traffic: 10,
        rollout: { state },
        detail: `${reason} by operator: because`,
      });
    }
  });

  test.each([
    ["pause", /no rollout to pause/],
    ["resume", /no rollout to resume/],
    ["abort", /no rollout to abort/],
    ["approve", /no rollout to approve/],
    ["retry", /no rollout to retry/],
  ])("%s is refused when there is no rollout", async (verb, says) => {
    await expectRefused(await start(), verb, {}, 409, says);
  });

  test("is refused where it does not fit", async () => {
    const app = await start();
    await deploy(app).expect(200);
    await expectRefused(app, "approve", {}, 409, /nothing to approve/);
    await expectRefused(app, "resume", {}, 409, /is running, not paused/);
    await request(app.app).post(`${APP}/pause`).expect(200);
    await expectRefused(app, "pause", {}, 409, /paused already/);
    await expectRefused(app, "pause", { dry_run: true }, 422, /dry_run/);
  });

  test("of two operators who saw the same only the first one acts", async () => {
    const app = await start();
    await deploy(app).expect(200);
    const act = (verb: string) => request(app.app).post(`${APP}/${verb}`).set("If-Match", '"1"');
    const answers = await Promise.all([act("pause"), act("abort")]);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(await stateOf(app)).toMatchObject({ revision: 2 });
    await act("pause").set("If-Match", "latest").expect(422);
  });

  test("is signed with the operator's name", async () => {
    const app = await start();
    await request(app.app).post(`${APP}/deploy`).set("Rollguard-Operator", "thon").expect(200);
    await request(app.app).post(`${APP}/pause`).set("Rollguard-Operator", "<b>x").expect(200);
    const events = await app.store.events("shop", { limit: 10 });
    expect(events.map(({ actor, reason }) => [actor, reason])).toEqual([
      ["thon", "promoted"],
      ["operator", "paused"],
    ]);
  });

  test("as a dry run tells what it would do", async () => {
    const app = await start();
    await deploy(app).expect(200);
    const { body } = await request(app.app).post(`${APP}/abort`).send({ dryRun: true });
    expect(body).toMatchObject({ reason: "dry_run", would: { reason: "aborted" } });
    expect(await stateOf(app)).toMatchObject({ revision: 1 });
  });
});

describe("a backup", () => {
  test("is made by each deploy, and restores the flags", async () => {
    const app = await start();
    const none = await request(app.app).get(`${APP}/backup`).expect(404);
    expect(none.body).toMatchObject({ code: "no_backup" });
    await deploy(app).expect(200);
    const { body: backup } = await request(app.app).get(`${APP}/backup`).expect(200);
    expect(backup).toMatchObject({ application: "shop", revision: 0, rollout: null });
    const restore = { flags: backup.flags, reason: "back to the start" };
    await expectRefused(app, "restore", restore, 409, /is active.*abort it first/);
    await request(app.app).post(`${APP}/abort`).expect(200);
    await expectRefused(app, "restore", { flags: backup.flags }, 409, /needs a reason/);
    await expectRefused(
      app,
      "restore",
      { reason: "x", flags: [{ key: "traffic" }] },
      422,
      /flags\.0\.enabled/,
    );
    const { body } = await request(app.app).post(`${APP}/restore`).send(restore).expect(200);
    expect(body).toMatchObject({ reason: "flag_changed", traffic: 100 });
  });

  test("says what it leaves out, refuses more than two decimals, and in production wants a yes", async () => {
    const app = await start({ production: true });
    const flag = (key: string, rolloutPercentage: number) => ({ key, enabled: true, rolloutPercentage });
    const restore = { reason: "x", confirm: "yes", flags: [flag("traffic", 5), flag("gone", 5)] };
    const { body } = await request(app.app).post(`${APP}/restore`).send(restore).expect(200);
    expect(body.detail).toContain("left out, since the policy does not have them: gone");
    await expectRefused(
      app,
      "restore",
      { ...restore, flags: [flag("traffic", 33.333)] },
      422,
      /two decimals/,
    );
    await expectRefused(app, "restore", { ...restore, confirm: null }, 422, /this is production/);
  });
});
