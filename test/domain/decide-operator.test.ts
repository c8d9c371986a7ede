import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import type { Gate } from "../../src/domain/gate.ts";
import { planOf } from "../support/policies.ts";
import { HOUR, MINUTE, OFF, on, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const COMMANDS = ["pause", "resume", "abort", "approve"] as const;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

const refused = (detail: string) => ({ reason: "refused", changes: [], events: [], messages: [], detail });

describe("an operator", () => {
  it.each(COMMANDS)("cannot %s what is not there, or has ended", (command) => {
    expect(app.says(command)).toMatchObject(refused(`there is no rollout to ${command}`));
    app.deploy(steps);
    app.runToEnd();
    const { id } = app.state.rollout ?? {};
    expect(app.says(command)).toMatchObject(
      refused(`there is nothing to ${command}: rollout ${id} is completed`),
    );
  });

  it("pauses a rollout: nothing moves, and the flags stay as they are", () => {
    app.deploy(steps);
    app.runUntil(START + 30 * MINUTE);
    expect(app.says("pause", { reason: "lunch" })).toMatchObject({
      reason: "paused",
      detail: "paused by mia: lunch",
      events: [{ actor: "mia", flags: [], rollout: { status: "paused" } }],
      messages: [{ kind: "paused", detail: "paused by mia: lunch" }],
    });
    const id = app.state.rollout?.id;
    expect(app.says("pause")).toMatchObject(refused(`rollout ${id} is paused already`));
    expect(nextCheckOf(app.state)).toBeNull();
    app.runFor(24 * HOUR);
    expect([app.status, app.traffic]).toEqual(["paused", 10]);
  });

  it("resumes it: the bake goes on where it was", () => {
    app.deploy(steps);
    app.runUntil(START + 30 * MINUTE);
    app.says("pause");
    app.now += 24 * HOUR;
    expect(app.says("resume", { reason: " " })).toMatchObject({
      reason: "resumed",
      detail: "resumed by mia",
      events: [{ rollout: { status: "running" } }],
      messages: [{ kind: "resumed" }],
    });
    expect(app.state.rollout?.lastDecision).toEqual({
      at: app.now,
      reason: "resumed",
      detail: "resumed by mia",
      actor: "mia",
    });
    const id = app.state.rollout?.id;
    expect(app.says("resume")).toMatchObject(refused(`rollout ${id} is running, not paused`));
    app.runFor(30 * MINUTE - 1);
    expect(app.stage).toBe(1);
    app.runFor(1);
    expect(app.stage).toBe(2);
  });

  it("resumes also a rollout whose bake was lost; it can be aborted then", () => {
    app.deploy(steps);
    app.says("pause");
    app.state.bake = null;
    expect(app.says("resume").changes).toHaveLength(1);
    expect(app.says("abort").reason).toBe("aborted");
  });

  it("aborts it, paused or not: the flags stay, and nothing goes on", () => {
    for (const before of [[], ["pause"]] as const) {
      app = new RolloutSimulator({ policy: shop, now: START });
      app.deploy(steps);
      for (const command of before) app.says(command);
      expect(app.says("abort")).toMatchObject({
        reason: "aborted",
        events: [{ flags: [], traffic: null, rollout: { status: "aborted" } }],
        messages: [{ kind: "aborted" }],
      });
      expect(app.state).toMatchObject({ bake: null, rollout: { outcome: "aborted", endedAt: START } });
      expect([app.traffic, nextCheckOf(app.state)]).toEqual([10, null]);
    }
  });

  it("finds a rollout failed whose next stage the policy does not have any more", () => {
    app.deploy(steps);
    app.policy = { ...shop, flags: new Map([...shop.flags].filter(([key]) => key !== "cache")) };
    app.runUntil(START + 59 * MINUTE);
    const decision = app.nextCheck();
    expect(decision).toMatchObject({
      reason: "aborted",
      detail:
        "the next stage cannot be entered: it sets cache, which the policy does not have as a release flag any more",
      events: [{ flags: [], rollout: { status: "failed", stage: 1 } }],
      messages: [{ kind: "failed", page: true }],
    });
    expect(decision.events[0]?.gate).toHaveLength(3);
    expect(app.state).toMatchObject({
      bake: null,
      rollout: { outcome: "failed", endedAt: app.now, history: [] },
    });
    expect(app.retry().detail).toMatch(/cache: the plan sets what the policy does not have/);
    expect(app.deploy(planOf("small", [{ traffic: 10 }])).reason).toBe("promoted");
  });

  it("finds it failed also when that is another kind of flag by now, or is in quarantine", () => {
    const cache = shop.flags.get("cache") as FlagPolicy;
    app.deploy(steps);
    app.policy = { ...shop, flags: new Map([...shop.flags, ["cache", { ...cache, kind: "operational" }]]) };
    app.runUntil(START + HOUR);
    expect(app.status).toBe("failed");

    app = new RolloutSimulator({ policy: shop, now: START });
    app.deploy(steps);
    // As nothing can bring about: whoever starts a rollout lets its flags out.
    app.state.flags.set("cache", { ...on(20), updatedAt: 0, updatedBy: "x", quarantinedBy: "rb-7" });
    app.runUntil(START + HOUR);
    expect(app.state.rollout?.lastDecision.detail).toBe(
      "the next stage cannot be entered: it raises cache, which a rollback has put in quarantine",
    );
    expect(app.traffic).toBe(10);
  });

  it("finds it failed when a flag in quarantine is back in the policy, below what the stage raises", () => {
    const llm = { ...on(25), updatedAt: 0, updatedBy: "x", quarantinedBy: "rb-7" };
    app.state.flags.set("llm", llm);
    app.policy = { ...shop, flags: new Map([...shop.flags].filter(([key]) => key !== "llm")) };
    app.deploy(planOf("from nothing", [{ traffic: 0 }, { traffic: 20 }]));
    app.policy = shop;
    app.runUntil(START + HOUR);
    expect([app.status, app.traffic]).toEqual(["failed", 0]);
    expect(app.state.rollout?.lastDecision.detail).toMatch(
      /it raises llm, which a rollback has put in quarantine/,
    );
  });

  it("lets it lower what is in quarantine", () => {
    const plan = planOf("down", [{ traffic: 10 }, { traffic: 20, flags: new Map([["cache", OFF]]) }]);
    app.deploy(plan);
    app.state.flags.set("cache", { ...on(20), updatedAt: 0, updatedBy: "x", quarantinedBy: "rb-7" });
    app.runUntil(START + HOUR);
    expect(app.state.flags.get("cache")).toMatchObject({ ...OFF, quarantinedBy: "rb-7" });
    expect(app.stage).toBe(2);
  });

  it("finds it failed when nothing could judge its next stage any more", () => {
    const standard = shop.gates.get("standard") as Gate;
    app.policy = { ...shop, gates: new Map([...shop.gates, ["strict", { ...standard, name: "strict" }]]) };
    app.deploy(planOf("wild", [{ traffic: 10 }, { traffic: 20, gate: "strict" }]));
    app.policy = shop;
    app.runUntil(START + HOUR);
    expect([app.status, app.traffic]).toEqual(["failed", 10]);
    expect(app.state.rollout?.lastDecision.detail).toBe(
      'the next stage cannot be entered: its gate "strict" is not in the policy any more',
    );
  });
});

describe("a trigger", () => {
  it("ends a rollout in the commit that turns the flags off, and keeps others from starting", () => {
    app.deploy(steps);
    app.runUntil(START + HOUR);
    const decision = app.alert("ErrorRateSpike");
    expect(decision).toMatchObject({
      reason: "rolled_back",
      events: [{ traffic: { before: 50, after: 0 }, rollout: { status: "rolled_back", stage: 2 } }],
      messages: [
        { kind: "rolled_back", rollout: { status: "rolled_back" } },
        { kind: "aborted", subject: app.state.rollout?.id, rollout: { status: "rolled_back" }, page: false },
      ],
    });
    expect(app.state).toMatchObject({ bake: null, rollback: { id: decision.rollback } });
    expect(app.state.rollout).toMatchObject({
      outcome: "rolled_back",
      rollback: decision.rollback,
      endedAt: app.now,
      lastDecision: { reason: "rolled_back", detail: "ErrorRateSpike is firing", actor: "alertmanager" },
    });
  });

  it("ends one that is paused or blind, too", () => {
    app.deploy(steps);
    app.nextCheck({ uptime: null });
    app.says("pause");
    app.alert("CacheBroken");
    expect(app.status).toBe("rolled_back");
  });

  it("of the tier stage returns to the snapshot of the last promotion", () => {
    app.deploy(steps);
    app.runUntil(START + 120 * MINUTE);
    expect(app.alert("Slow").events[0]?.flags).toEqual([
      { flag: "traffic", before: on(100), after: on(50) },
      { flag: "cache", before: on(100), after: on(50) },
    ]);
  });

  it("has rolled back what it ended, also where no flag was left to turn down", () => {
    app.deploy(planOf("from nothing", [{ traffic: 0 }, { traffic: 20 }]));
    expect(app.alert("ErrorRateSpike")).toMatchObject({
      reason: "rolled_back",
      events: [{ flags: [], rollout: { status: "rolled_back" } }],
    });
  });

  it("leaves a rollout alone that has ended", () => {
    app.deploy(steps);
    app.runToEnd();
    expect(app.alert("ErrorRateSpike").events).toMatchObject([{ rollout: null }]);
    expect(app.status).toBe("completed");
  });
});

describe("a Watchdog", () => {
  it("is noted, and nothing is decided; an old one does not turn time back", () => {
    const heard = (at: number) => app.take({ type: "watchdog", at });
    expect(heard(5)).toMatchObject({ reason: null, events: [], changes: [{ kind: "watchdog", value: 5 }] });
    heard(9);
    heard(7);
    expect(app.state).toMatchObject({ watchdog: 9, revision: 0 });
  });

  it("heard in the future is heard now: it would be missed for so much longer", () => {
    app.take({ type: "watchdog", at: app.now + 600_000 });
    expect(app.state.watchdog).toBe(app.now);
  });
});
