import { beforeEach, describe, expect, it } from "@jest/globals";
import { MAX_TRACKED_ALERTS } from "../../src/domain/alert-case.ts";
import { MAX_PAST, type PastRollback } from "../../src/domain/rollback.ts";
import { OFF, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

describe("an episode", () => {
  it("tells how it began", () => {
    const more = { actor: "reconcile" as const, receivedAt: START - 5, startsAt: START - 60_000 };
    const { rollback, events } = app.fires("CacheBroken", more);
    expect(events).toMatchObject([{ actor: "reconcile" }]);
    expect(app.open).toEqual({
      id: rollback,
      tier: "flag",
      trigger: "CacheBroken",
      flags: ["cache"],
      suspects: [],
      startedAt: START,
      escalatedAt: null,
      startedBy: "reconcile",
      reason: null,
      alertStartedAt: START - 60_000,
      receivedAt: START - 5,
      committedAt: null,
      verifiedAt: null,
      status: "verifying",
      firstRevision: 1,
    });
    expect(app.state.flags.get("cache")?.updatedBy).toBe("reconcile");
  });

  it("knows not when an alert came that nobody says it of", () => {
    app.fires("CacheBroken");
    expect(app.open).toMatchObject({ startedBy: "alertmanager", receivedAt: null, alertStartedAt: START });
  });

  it("ends when it is verified, where its alerts have resolved before", () => {
    app.fires("TestsFail");
    expect(app.resolves("TestsFail")).toMatchObject({ events: [{ ended: false }], messages: [] });
    expect(app.rollbackStatus).toBe("verifying");
    const { id } = app.open;
    const decision = app.looksOn("good");
    expect(decision).toMatchObject({ reason: "verified", rollback: id, events: [{ ended: true }] });
    expect(decision.messages).toMatchObject([{ kind: "verified" }]);
    expect(app.state).toMatchObject({ rollback: null, verification: null });
    expect(app.state.alerts.size).toBe(0);
    expect(app.state.past).toMatchObject([
      { id, status: "verified", verifiedAt: app.now, endedAt: app.now, firstRevision: 1, lastRevision: 3 },
    ]);
    expect(app.state.flags.get("cache")).toMatchObject({ ...OFF, quarantinedBy: id });
  });

  it("ends when its last alert resolves, where it is verified before", () => {
    app.fires("TestsFail");
    app.fires("CacheBroken");
    app.verify();
    const { id, verifiedAt } = app.open;
    app.now += 90 * SECOND;
    expect(app.resolves("TestsFail").events).toMatchObject([{ ended: false }]);
    const last = app.resolves("CacheBroken");
    expect(last).toMatchObject({ reason: "resolved", rollback: id, events: [{ ended: true, tier: "flag" }] });
    expect(last.messages).toMatchObject([{ kind: "ended", subject: id, tier: "phase", page: false }]);
    expect(app.state.past).toMatchObject([{ id, verifiedAt, endedAt: app.now, lastRevision: 5 }]);
    expect(app.state.verification).toBeNull();
  });

  it.each(["failed", "unverified"] as const)("does not end by itself while it is %s", (status) => {
    app.fires("ServiceDown");
    app.looksOn(status === "failed" ? "bad" : "no data");
    app.resolves("ServiceDown");
    expect(app.rollbackStatus).toBe(status);
    app.looksOn("good");
    expect(app.state.rollback).toBeNull();
  });

  it("ends also when its trigger has gone from the policy meanwhile", () => {
    app.fires("TestsFail");
    app.policy = { ...running, triggers: new Map() };
    app.verify();
    expect(app.resolves("DiskFull").reason).toBe("no_trigger");
    expect(app.resolves("TestsFail")).toMatchObject({ tier: "phase", events: [{ ended: true }] });
  });

  it("makes room for another one of the same trigger", () => {
    const first = app.wholeRollback("CacheBroken");
    const second = app.fires("CacheBroken");
    expect(second.reason).toBe("already_rolled_back");
    expect(second.rollback).not.toBe(first);
    expect(app.open.firstRevision).toBe(4);
  });

  it("is remembered, with the last fifty", () => {
    const past = Array.from({ length: MAX_PAST }, (_, index) => ({ id: `rb-${index}`, startedAt: 0 }));
    app.state.past = past as unknown as readonly PastRollback[];
    const id = app.wholeRollback("TestsFail");
    expect(app.state.past.map((one) => one.id)).toEqual([...past.slice(1).map((one) => one.id), id]);
  });

  it("is remembered for longer than those that turned nothing down, however many these are", () => {
    const first = app.wholeRollback("ErrorRateSpike");
    const flaps = Array.from({ length: MAX_PAST + 1 }, () => {
      app.now += 60 * SECOND;
      return app.wholeRollback("ErrorRateSpike");
    });
    expect(app.state.past.map((one) => one.id)).toEqual([first, ...flaps.slice(-MAX_PAST + 1)]);
  });
});

describe("an alert that comes later", () => {
  it("has what was verified verified anew, from the beginning", () => {
    app.fires("TestsFail");
    app.verify();
    app.now += 60 * SECOND;
    expect(app.fires("CacheBroken")).toMatchObject({
      reason: "absorbed",
      messages: [{ kind: "reopened", page: false, detail: "CacheBroken fires now: it is verified again" }],
    });
    expect(app.fires("RouterBroken")).toMatchObject({ reason: "absorbed", messages: [] });
    app.resolves("RouterBroken");
    expect(app.open).toMatchObject({ status: "verifying", verifiedAt: null });
    expect(app.state.verification).toMatchObject({ since: app.now, good: 0, last: null });
    app.resolves("TestsFail");
    app.resolves("CacheBroken");
    expect(app.rollbackStatus).toBe("verifying");
    app.verify();
    expect(app.state.past).toHaveLength(1);
  });

  it("leaves the good checks before it: each looks at whatever fires by then, so that flapping keeps nothing open", () => {
    app.fires("TestsFail");
    app.nextVerify();
    app.nextVerify();
    expect(app.fires("TestsFail").reason).toBe("duplicate");
    expect(app.fires("CacheBroken").reason).toBe("absorbed");
    expect(app.state.verification?.good).toBe(2);
    expect(app.nextVerify().reason).toBe("verified");
    expect(app.state.rollback).not.toBeNull();
  });

  it("asks for no verification where nothing is known of one", () => {
    app.fires("TestsFail");
    app.state.verification = null;
    // Its rollback remembers whom it is to ask.
    expect(app.fires("CacheBroken").changes.map(({ kind }) => kind)).toEqual(["alert", "rollback"]);
  });

  it("has it verified anew when it escalates, whatever it was", () => {
    app.fires("TestsFail");
    app.looksOn("no data");
    app.now += SECOND;
    app.fires("ErrorRateSpike");
    expect(app.open).toMatchObject({ status: "verifying", escalatedAt: app.now, verifiedAt: null });
    app.verify();
    app.fires("ServiceDown");
    expect(app.open).toMatchObject({ status: "verifying", verifiedAt: null, tier: "emergency" });
  });

  it("is counted only where too many are tracked already, and then nothing is verified anew", () => {
    app.fires("TestsFail");
    app.verify();
    for (let index = 1; index < MAX_TRACKED_ALERTS; index += 1)
      app.state.alerts.set(`${index}`, { ...alertState, fingerprint: `${index}` });
    expect(app.fires("CacheBroken")).toMatchObject({ reason: "absorbed", changes: [] });
    expect(app.rollbackStatus).toBe("verified");
  });
});

const alertState = { fingerprint: "", name: "TestsFail", tier: "phase" as const, startsAt: 0, receivedAt: 0 };

describe("an alert that flaps", () => {
  it.each([
    [5, 12, 6],
    [5, 12, 1],
    [10, 6, 3],
    [6, 10, 5],
  ])("makes one rollback: %d times, every %d s, firing for %d s", (times, every, firing) => {
    for (let flap = 0; flap < times; flap++) {
      app.fires("TestsFail");
      app.looksFor(firing * SECOND, "good");
      app.resolves("TestsFail");
      app.looksFor((every - firing) * SECOND, "good");
    }
    app.looksFor(120 * SECOND, "good");
    expect(app.state.rollback).toBeNull();
    expect(app.state.past).toHaveLength(1);
    expect(app.reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
  });
});
