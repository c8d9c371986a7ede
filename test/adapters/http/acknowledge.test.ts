import { afterEach, describe, expect, test } from "@jest/globals";
import request from "supertest";
import { type Credential, digestOf } from "../../../src/adapters/http/access.ts";
import { verifyRollback } from "../../support/verify-rollback.ts";
import {
  APP,
  expectRefused,
  fire,
  get,
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

describe("acknowledging a rollback", () => {
  const path = (id: string): string => `rollbacks/${id}/acknowledge`;

  test("lets its flags out of quarantine, raises nothing, and is done once", async () => {
    const app = await start();
    const id = await fire(app);
    await fire(app, "resolved");
    await verifyRollback(app.store, shop);
    const before = await stateOf(app);
    expect(before.rollback).toBeNull();
    const { body } = await post(app, path(id), { reason: "fixed in 1.2" }).expect(200);
    expect(body).toMatchObject({ reason: "approved", traffic: 30, rollback: null });
    expect(body.detail).toBe("acknowledged by operator: fixed in 1.2; 2 flags leave quarantine");
    const after = await stateOf(app);
    expect([...after.flags.values()].map(({ quarantinedBy }) => quarantinedBy)).toEqual([null, null]);
    expect([...after.flags.values()].map(({ enabled }) => enabled)).toEqual([true, false]);
    await expectRefused(app, path(id), { reason: "again" }, 409, /has been acknowledged/);
  });

  test("is refused while an alert fires or it is being verified, unless it is forced", async () => {
    const app = await start();
    const id = await fire(app);
    await expectRefused(app, path(id), { reason: "seen" }, 409, /TestsFail still firing/);
    await fire(app, "resolved");
    await expectRefused(app, path(id), { reason: "seen" }, 409, /is being verified \(0 good checks/);
    await post(app, path(id), { reason: "a false alarm", force: true }).expect(200);
    expect(await stateOf(app)).toMatchObject({ rollback: null, verification: null, past: [{ id }] });
  });

  test("forced while its alert fires waits for it no longer", async () => {
    const app = await start();
    const id = await fire(app);
    await post(app, path(id), { reason: "it will never resolve", force: true }).expect(200);
    expect(await stateOf(app)).toMatchObject({ rollback: null, alerts: new Map() });
  });

  test("ends one that could not be verified", async () => {
    const app = await start();
    const id = await rollBack(app);
    await verifyRollback(app.store, shop, { blindness: ["Prometheus does not answer"], times: 16 });
    expect((await stateOf(app)).rollback).toMatchObject({ status: "unverified" });
    await post(app, path(id), { reason: "looked at it" }).expect(200);
    expect(await stateOf(app)).toMatchObject({ rollback: null, past: [{ id, status: "unverified" }] });
  });

  test("as a dry run changes nothing", async () => {
    const app = await start();
    const id = await rollBack(app);
    const { body } = await post(app, path(id), { reason: "x", force: true, dryRun: true }).expect(200);
    expect(body).toMatchObject({ reason: "dry_run", would: { reason: "approved" } });
    expect(await stateOf(app)).toMatchObject({ revision: 1, rollback: { id } });
  });

  test("needs a rollback that there is, a reason, and the revision that was seen", async () => {
    const app = await start();
    await expectRefused(app, path("rb-9-none"), { reason: "x" }, 409, /no rollback rb-9-none/);
    const id = await rollBack(app);
    await expectRefused(app, path(id), { force: true }, 409, /say why/);
    await expectRefused(app, path(id), { reason: "x".repeat(1_001), force: true }, 422, /at most 1000/);
    await expectRefused(app, path(id), { reason: "x", force: "yes" }, 422, /force: expected true or false/);
    const stale = await post(app, path(id), { reason: "x", force: true }).set("If-Match", '"0"').expect(409);
    expect(stale.body.detail).toContain("at revision 1, not 0");
    await get(app, path(id)).expect(405);
  });
});

describe("the kill switch", () => {
  const ON_NOW = { on: true, confirm: "yes", reason: "stop everything" };

  test("goes on, stays on, and goes off again", async () => {
    const app = await start();
    const { body } = await post(app, "shutdown", ON_NOW).expect(200);
    expect(body).toMatchObject({
      reason: "flag_changed",
      traffic: 0,
      flags: [{ flag: "stop", before: OFF, after: ON }],
      detail: "stop turned on by operator: stop everything",
    });
    expect((await post(app, "shutdown", ON_NOW).expect(200)).body).toMatchObject({ revision: 1, flags: [] });
    const off = await post(app, "shutdown", { ...ON_NOW, on: false }).expect(200);
    expect(off.body).toMatchObject({ traffic: 100, flags: [{ flag: "stop", before: ON, after: OFF }] });
    expect(await stateOf(app)).toMatchObject({ revision: 2 });
  });

  test.each([
    ["no confirmation", { on: true, reason: "x" }, 422, /needs "yes"/],
    ["another word", { on: true, reason: "x", confirm: "sure" }, 422, /confirm: expected "yes"/],
    ["no direction", { reason: "x", confirm: "yes" }, 422, /on: expected true or false/],
    ["no reason", { on: true, confirm: "yes" }, 409, /say why/],
    ["a long reason", { on: true, confirm: "yes", reason: "x".repeat(1_001) }, 422, /at most 1000/],
  ])("is refused with %s", async (_, body, status, says) => {
    await expectRefused(await start(), "shutdown", body, status, says);
  });

  test("does not go off while a rollback is open", async () => {
    const app = await start();
    await rollBack(app, { tier: "emergency", shutdown: true, confirm: "yes" });
    await expectRefused(app, "shutdown", { ...ON_NOW, on: false }, 409, /rollback rb-.* is open/);
  });

  test("as a dry run needs no confirmation, and changes nothing", async () => {
    const app = await start();
    const { body } = await post(app, "shutdown", { on: true, reason: "x", dryRun: true }).expect(200);
    expect(body).toMatchObject({ reason: "dry_run", flags: [{ flag: "stop" }] });
    expect(await stateOf(app)).toMatchObject({ revision: 0 });
  });
});

describe("roles", () => {
  const credentials: Credential[] = (["viewer", "operator", "webhook"] as const).map((role) => ({
    role,
    name: `a-${role}`,
    digest: digestOf(role),
  }));
  const BODIES = {
    rollbacks: { tier: "phase", reason: "x" },
    "rollbacks/rb-1-x/acknowledge": { reason: "x" },
    shutdown: { on: true, confirm: "yes", reason: "x" },
  };

  test("a viewer may read and not act; nobody else even reads", async () => {
    const app = await start({ credentials });
    const as = (token: string) => ({ Authorization: `Bearer ${token}` });
    await get(app, "rollbacks").expect(401);
    await get(app, "rollbacks").set(as("webhook")).expect(403);
    await get(app, "rollbacks").set(as("viewer")).expect(200);
    await get(app, "rollbacks/rb-1-x").set(as("viewer")).expect(404);
    for (const [path, body] of Object.entries(BODIES)) {
      await post(app, path, body).expect(401);
      await post(app, path, body).set(as("viewer")).expect(403);
      await post(app, path, body).set(as("webhook")).expect(403);
    }
    expect(await stateOf(app)).toMatchObject({ revision: 0 });
    const { body } = await post(app, "rollbacks", BODIES.rollbacks).set(as("operator")).expect(200);
    expect(body.rollback).toMatchObject({ startedBy: "a-operator" });
  });

  test("an unknown application is said to be one", async () => {
    const app = await start();
    for (const [path, body] of Object.entries(BODIES)) {
      const reply = await request(app.app)
        .post(`${APP.replace("shop", "pub")}/${path}`)
        .send(body)
        .expect(404);
      expect(reply.body.code).toBe("unknown_application");
    }
    await request(app.app)
      .get(`${APP.replace("shop", "pub")}/rollbacks`)
      .expect(404);
  });
});
