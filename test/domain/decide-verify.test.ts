import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextVerifyOf } from "../../src/domain/decide-verify.ts";
import { note } from "../../src/domain/decision.ts";
import { MINUTE, OFF, SECOND } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

const seconds = (): number => (app.now - START) / SECOND;

describe("a rollback that helps", () => {
  it("is looked at from 45 s on every 5 s, and verified after three good checks in a row", () => {
    app.fires("TestsFail");
    expect(app.state).toMatchObject({ rollback: { status: "verifying" }, verification: { since: START } });
    expect(app.dueLook).toBe(START + 45 * SECOND);
    expect(app.nextVerify()).toMatchObject({ reason: null, events: [], messages: [] });
    expect(app.state.verification).toMatchObject({
      good: 1,
      nextCheckAt: START + 50 * SECOND,
      last: { at: START + 45 * SECOND, verdict: "good", why: [] },
    });
    app.nextVerify();
    const decision = app.nextVerify();
    expect(seconds()).toBe(55);
    const { rollback } = app.ledger[0] ?? {};
    expect(decision).toMatchObject({ reason: "verified", tier: "phase", rollback });
    expect(decision.events).toEqual([
      {
        at: app.now,
        actor: "clock",
        reason: "verified",
        rollback,
        tier: "phase",
        alert: null,
        flags: [],
        traffic: null,
        ended: false,
        unchanged: [],
        rollout: null,
        gate: [],
        detail: "3 good checks in a row",
      },
    ]);
    expect(decision.messages).toEqual([
      {
        subject: rollback,
        kind: "verified",
        at: app.now,
        tier: "phase",
        alert: null,
        flags: [],
        rollout: null,
        detail: "3 good checks in a row",
        page: false,
      },
    ]);
    expect(app.open).toMatchObject({ status: "verified", verifiedAt: app.now });
    expect(app.dueLook).toBeNull();
  });

  it.each(["bad", "no data"] as const)("begins to count again after a check that was %s", (sight) => {
    app.fires("TestsFail");
    app.nextVerify();
    app.nextVerify();
    app.nextVerify(sight);
    expect(app.state.verification?.good).toBe(0);
    app.nextVerify();
    app.nextVerify();
    expect(app.rollbackStatus).toBe("verifying");
    expect(app.nextVerify().reason).toBe("verified");
    expect(seconds()).toBe(70);
  });

  it("may be verified after time was up, when it is good just then", () => {
    app.fires("TestsFail");
    app.looksFor(119 * SECOND, "bad");
    expect(app.nextVerify().reason).toBeNull();
    expect(seconds()).toBe(120);
    app.nextVerify();
    expect(app.nextVerify().reason).toBe("verified");
    expect(seconds()).toBe(130);
  });
});

describe("what is no look at it", () => {
  beforeEach(() => {
    app.fires("TestsFail");
  });

  it("is one before its time", () => {
    app.now += 45 * SECOND - 1;
    expect(app.look("bad")).toEqual(note());
    app.now += 1;
    expect(app.look("bad").changes).toHaveLength(1);
    expect(app.look("bad")).toEqual(note());
  });

  it("is one of another rollback, or when none is open or to be verified", () => {
    app.now += 45 * SECOND;
    expect(app.look("bad", { rollback: "rb-0" })).toEqual(note());
    app.verify();
    expect(app.rollbackStatus).toBe("verified");
    app.now += MINUTE;
    app.resolves("TestsFail");
    expect(app.look("bad")).toEqual(note());
  });

  it("is one that has waited for more than ten seconds", () => {
    app.now += 2 * MINUTE;
    expect(app.look("bad", { takenAt: app.now - 10 * SECOND - 1 })).toEqual(note());
    expect(app.look("bad", { takenAt: app.now - 10 * SECOND }).changes).toHaveLength(1);
  });

  it("is not the only one that a verdict goes by: who was away looks a few times first", () => {
    app.now += 60 * MINUTE;
    expect([app.nextVerify("bad").reason, app.nextVerify("bad").reason]).toEqual([null, null]);
    expect(app.nextVerify("bad").reason).toBe("verification_failed");
  });

  it("is one before a clock was set back: it begins anew", () => {
    app.now -= 60 * MINUTE;
    expect(nextVerifyOf(app.state, app.now)).toBe(0);
    app.look("bad");
    expect(app.state.verification).toMatchObject({ since: app.now, looks: 0 });
    expect(nextVerifyOf(app.state, app.now)).toBe(app.now + 45 * SECOND);
  });

  it("is one taken before it was due: of two who saw the same moment only one counts", () => {
    app.now += 45 * SECOND;
    const seen = app.sight();
    app.take({ type: "verify", evidence: seen });
    app.now += 5 * SECOND;
    expect(app.take({ type: "verify", evidence: seen })).toEqual(note());
    expect(app.state.verification?.good).toBe(1);
  });

  it("is one of a state that has lost how far its verification was", () => {
    app.state.verification = null;
    app.now += MINUTE;
    expect(app.dueLook).toBeNull();
    expect(app.look("bad")).toEqual(note());
  });
});

describe("a rollback that does not help", () => {
  it("escalates when two minutes are over and it is bad: both events in one commit, and verified anew", () => {
    const { rollback } = app.fires("CacheBroken");
    app.looksFor(119 * SECOND, "bad");
    expect(app.reasons).toEqual(["rolled_back"]);
    const decision = app.nextVerify("bad");
    expect(seconds()).toBe(120);
    const why = "flag did not help: error_rate 7 is red (red is > 1)";
    expect(decision).toMatchObject({ reason: "verification_failed", detail: why, tier: "stage", rollback });
    expect(decision.events).toMatchObject([
      { reason: "verification_failed", tier: "flag", actor: "clock", flags: [], detail: why, ended: false },
      {
        reason: "escalated",
        tier: "stage",
        actor: "clock",
        flags: [{ flag: "traffic" }, { flag: "router" }],
        traffic: { before: 100, after: 30 },
        detail: "flag did not help",
      },
    ]);
    expect(decision.messages).toMatchObject([
      { kind: "escalated", subject: rollback, tier: "stage", alert: null, page: false },
    ]);
    expect(app.open).toMatchObject({
      id: rollback,
      tier: "stage",
      status: "verifying",
      escalatedAt: app.now,
      startedAt: START,
      firstRevision: 1,
    });
    expect(app.state.revision).toBe(3);
    expect(app.state.verification).toMatchObject({ since: app.now, good: 0, last: null });
    expect(app.dueLook).toBe(app.now + 45 * SECOND);
    expect(app.state.flags.get("router")).toMatchObject({ ...OFF, updatedBy: "clock" });
    expect(app.quarantine).toEqual({ cache: rollback, traffic: rollback, router: rollback });
  });

  it("goes from tier to tier, and skips one that turns nothing more down", () => {
    app.fires("CacheBroken");
    const tiers = [];
    while (app.rollbackStatus !== "failed") tiers.push(app.looksOn("bad").tier);
    // With no snapshot `stage` acts as `phase`.
    expect(tiers).toEqual(["stage", "safe-state", "emergency", "emergency"]);
    expect(seconds()).toBe(4 * 120);
  });

  it("takes the most severe tier when no tier turns anything down: it calls people", () => {
    app.rollsBack("safe-state", { flags: ["core"] });
    const decision = app.looksOn("bad");
    expect(decision.events).toMatchObject([{}, { reason: "escalated", tier: "emergency", flags: [] }]);
    expect(decision.messages).toMatchObject([{ kind: "escalated", page: true }]);
  });

  it("has failed when not even the most severe tier helped: that pages once, and stops", () => {
    const { rollback } = app.fires("ServiceDown");
    const decision = app.looksOn("bad");
    const detail = "no tier helped: error_rate 7 is red (red is > 1)";
    expect(decision).toMatchObject({ reason: "verification_failed", tier: "emergency", detail });
    expect(decision.events).toMatchObject([{ reason: "verification_failed", ended: false, detail }]);
    expect(decision.messages).toEqual([
      {
        subject: rollback,
        kind: "failed",
        at: app.now,
        tier: "emergency",
        alert: null,
        flags: [],
        rollout: null,
        detail,
        page: true,
      },
    ]);
    expect(app.open).toMatchObject({ status: "failed", verifiedAt: null });
    const { length } = app.ledger;
    app.looksFor(MINUTE, "bad");
    app.looksFor(MINUTE, "no data");
    expect(app.ledger).toHaveLength(length);
    expect(app.state.verification?.last?.verdict).toBe("no_data");
  });

  it("may still turn out well: it is looked at every 15 s, and every 5 s once it is good", () => {
    app.fires("ServiceDown");
    app.looksOn("bad");
    const times = (["bad", "no data", "good", "good", "good"] as const).map((sight) => {
      const before = app.now;
      app.nextVerify(sight);
      return (app.now - before) / SECOND;
    });
    expect(times).toEqual([5, 15, 15, 5, 5]);
    expect(app.open).toMatchObject({ status: "verified", verifiedAt: app.now });
  });

  it("is looked at as seldom as the policy says where that is seldom", () => {
    app.policy = { ...running, verify: { ...running.verify, checkEvery: 20 * SECOND } };
    app.fires("ServiceDown");
    app.looksOn("bad");
    app.nextVerify("bad");
    expect(app.dueLook).toBe(app.now + 20 * SECOND);
  });
});

describe("a rollback of which nothing can be seen", () => {
  it("is unverified when two minutes are over: that pages, and turns nothing more down", () => {
    const { rollback } = app.fires("TestsFail");
    const decision = app.looksOn("no data");
    expect(seconds()).toBe(120);
    const detail = "it cannot be seen whether it helped: no data for error_rate";
    expect(decision).toMatchObject({ reason: "unverified", tier: "phase", rollback, detail });
    expect(decision.events).toMatchObject([{ reason: "unverified", flags: [], ended: false }]);
    expect(decision.messages).toMatchObject([{ kind: "unverified", page: true, detail }]);
    expect(app.open).toMatchObject({ tier: "phase", status: "unverified" });
    expect(app.state.verification?.last?.verdict).toBe("no_data");
  });

  it("is looked at further every 15 s, says nothing more, and may become verified", () => {
    app.fires("TestsFail");
    app.looksOn("no data");
    app.nextVerify("no data");
    expect(app.dueLook).toBe(app.now + 15 * SECOND);
    app.looksFor(10 * MINUTE, "no data");
    expect(app.reasons).toEqual(["rolled_back", "unverified"]);
    expect(app.looksOn("good")).toMatchObject({ reason: "verified" });
    expect(app.open.status).toBe("verified");
  });

  it("escalates once it is seen to be bad", () => {
    app.fires("TestsFail");
    app.looksOn("no data");
    expect(app.nextVerify("bad")).toMatchObject({
      reason: "verification_failed",
      events: [{ tier: "phase" }, { reason: "escalated", tier: "safe-state" }],
    });
    expect(app.open).toMatchObject({ status: "verifying", tier: "safe-state" });
  });

  it("has failed once it is seen to be bad where no tier is left", () => {
    app.fires("ServiceDown");
    app.looksOn("no data");
    expect(app.nextVerify("bad").messages).toMatchObject([{ kind: "failed", page: true }]);
    expect(app.open.status).toBe("failed");
  });
});
