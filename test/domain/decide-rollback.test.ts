import { beforeEach, describe, expect, it } from "@jest/globals";
import type { RollbackCommand } from "../../src/domain/command.ts";
import type { TierName } from "../../src/domain/tier.ts";
import { OFF, on, SECOND, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

describe("a rollback by hand", () => {
  it("turns down what its tier says, in the operator's name and words", () => {
    const decision = app.rollsBack("phase");
    expect(decision).toMatchObject({ reason: "rolled_back", tier: "phase", detail: "by mia: slow" });
    expect(decision.events).toMatchObject([
      { actor: "mia", alert: null, traffic: { before: 100, after: 30 } },
    ]);
    expect(decision.messages).toMatchObject([
      { kind: "rolled_back", subject: decision.rollback, alert: null, detail: "by mia: slow", page: false },
    ]);
    expect(app.open).toEqual({
      id: decision.rollback,
      tier: "phase",
      trigger: "operator",
      flags: [],
      suspects: [],
      startedAt: START,
      escalatedAt: null,
      startedBy: "mia",
      reason: "slow",
      alertStartedAt: null,
      receivedAt: null,
      committedAt: null,
      verifiedAt: null,
      status: "verifying",
      firstRevision: 1,
    });
    expect(app.state.flags.get("cache")).toMatchObject({
      ...OFF,
      updatedBy: "mia",
      quarantinedBy: app.open.id,
    });
  });

  it("turns off flags by name, with their children", () => {
    const { events } = app.rollsBack("flag", { flags: ["core", "cache", "core"] });
    expect(events[0]?.flags.map(({ flag }) => flag)).toEqual(["cache", "core", "child"]);
    expect(app.open.flags).toEqual(["core", "cache"]);
  });

  it("turns off what of a phase it may touch", () => {
    const { events } = app.rollsBack("flag", { phase: 6, flags: ["cache"] });
    expect(events[0]?.flags.map(({ flag }) => flag)).toEqual(["cache", "router"]);
    expect(app.open.flags).toEqual(["cache", "router"]);
  });

  it("is over when it is verified: no alert has to resolve", () => {
    app.rollsBack("phase");
    expect(app.looksOn("good").events).toMatchObject([{ reason: "verified", ended: true }]);
    expect(app.state.past).toMatchObject([{ trigger: "operator", startedBy: "mia" }]);
  });

  it("ends a rollout that runs", () => {
    app = new RollbackSimulator({ policy: shop, now: START });
    app.deploy(steps);
    expect(app.rollsBack("safe-state").events).toMatchObject([{ rollout: { status: "rolled_back" } }]);
    expect([app.status, app.traffic]).toEqual(["rolled_back", 0]);
    expect(app.state.rollout).toMatchObject({ rollback: app.open.id });
  });

  it("is told as already rolled back when nothing is left to turn down, and is verified all the same", () => {
    app.rollsBack("phase");
    app.verify();
    expect(app.rollsBack("phase")).toMatchObject({ reason: "already_rolled_back", events: [{ flags: [] }] });
    expect(app.rollbackStatus).toBe("verifying");
  });

  it("engages the kill switch only where the operator asks for it, and pages as the policy says", () => {
    app.rollsBack("emergency");
    expect(app.state.flags.has("shutdown")).toBe(false);
    app.now += SECOND;
    const decision = app.rollsBack("emergency", { shutdown: true });
    expect(decision).toMatchObject({ reason: "escalated", messages: [{ page: true }] });
    expect(app.state.flags.get("shutdown")).toMatchObject({ ...on(), quarantinedBy: null });
    const first = new RollbackSimulator({ policy: running });
    first.rollsBack("emergency", { shutdown: true });
    expect(first.settings.get("shutdown")).toEqual(on());
  });
});

describe("a rollback by hand while one is open", () => {
  it("joins it, makes it more severe, and has it verified anew", () => {
    const { rollback } = app.fires("CacheBroken");
    app.verify();
    app.now += SECOND;
    const decision = app.rollsBack("safe-state", { flags: ["core"] });
    expect(decision).toMatchObject({ reason: "escalated", tier: "safe-state", rollback });
    expect(decision.messages).toMatchObject([{ kind: "escalated", subject: rollback }]);
    expect(app.open).toMatchObject({
      id: rollback,
      tier: "safe-state",
      trigger: "CacheBroken",
      startedBy: "alertmanager",
      flags: ["cache", "core"],
      escalatedAt: app.now,
      status: "verifying",
      verifiedAt: null,
    });
    app.verify();
    expect(app.state.rollback).not.toBeNull();
    app.resolves("CacheBroken");
    expect(app.state.rollback).toBeNull();
  });

  it("never makes it milder: it turns off what it names beside that", () => {
    app.fires("TestsFail");
    expect(app.rollsBack("flag", { flags: ["core"] })).toMatchObject({
      reason: "escalated",
      tier: "phase",
      events: [{ flags: [{ flag: "core" }, { flag: "child" }] }],
    });
    expect(app.open.tier).toBe("phase");
  });
});

describe("a rollback by hand that makes no sense", () => {
  const refused: readonly [why: RegExp, TierName, Partial<RollbackCommand>][] = [
    [/needs a reason/, "phase", { reason: null }],
    [/needs a reason/, "phase", { reason: " \n" }],
    [/no flag "nowhere", "there"/, "flag", { flags: ["cache", "nowhere", "there"] }],
    [/^otel: a rollback never touches/, "flag", { flags: ["cache", "otel"] }],
    [/^read_only, shutdown: a rollback never touches/, "flag", { flags: ["read_only", "shutdown"] }],
    [/name the flags/, "flag", {}],
    [/in phase 3/, "phase", { phase: 3 }],
    [/in phase 3/, "flag", { phase: 3 }],
    [/only the tier emergency/, "safe-state", { shutdown: true }],
    [/at revision 0, not 7/, "phase", { expected: 7 }],
  ];
  it.each(refused)("is refused, and nothing changes: %s", (why, tier, said) => {
    const decision = app.rollsBack(tier, said);
    expect(decision).toMatchObject({ reason: "refused", changes: [], events: [], messages: [] });
    expect(decision.detail).toMatch(why);
  });

  it("is refused where a phase has only what is protected", () => {
    const flags = new Map([...running.flags].filter(([key]) => key !== "cache" && key !== "router"));
    app.policy = { ...running, flags };
    expect(app.rollsBack("phase", { phase: 6 }).detail).toMatch("in phase 6");
  });
});
