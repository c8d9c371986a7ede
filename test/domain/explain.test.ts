import { describe, expect, it } from "@jest/globals";
import { explain } from "../../src/domain/explain.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { planOf, policyOf } from "../support/policies.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const POLICY = policyOf({
  flags: [
    { key: "cache", phase: 6, rolloutPercentage: 50 },
    { key: "search", phase: 2 },
  ],
  triggers: [
    { alert: "Slow", tier: "stage" },
    { alert: "TestsFail", tier: "phase" },
    { alert: "Errors", tier: "safe-state" },
    { alert: "Down", tier: "emergency" },
    { alert: "SearchFails", tier: "flag", flags: ["search"] },
  ],
  tiers: {
    phase: { phases: [6], trafficCap: 30 },
    "safe-state": { trafficCap: 0 },
    emergency: { pages: true },
  },
});
const MINUTE = 60_000;
const ON = { enabled: true, rolloutPercentage: 50 };
const OFF = { enabled: false, rolloutPercentage: 0 };

function simulate(policy: Policy = POLICY): RolloutSimulator {
  return new RolloutSimulator({ policy, now: 1_000_000 });
}

const explained = ({ state, policy, now }: RolloutSimulator, alert?: string) =>
  explain(state, policy, now, alert);
const one = (simulator: RolloutSimulator, alert: string) => explained(simulator, alert)[0];

/** Verified, so that it ends with its alerts. */
function verify(simulator: RolloutSimulator): void {
  for (let good = 0; good < 3; good++) {
    const { rollback, verification } = simulator.state;
    simulator.now = Math.max(simulator.now, verification?.nextCheckAt ?? 0);
    const { now: takenAt } = simulator;
    const evidence = {
      rollback: rollback?.id ?? "",
      takenAt,
      values: new Map(),
      answered: ["Trigger"],
      breached: [],
      blindness: [],
    };
    simulator.take({ type: "verify", evidence });
  }
}

/** Fires, is rolled back, verified, and resolves. */
function endure(simulator: RolloutSimulator, alert: string): void {
  simulator.alert(alert);
  verify(simulator);
  simulator.alert(alert, "resolved");
}

describe("an alert explained", () => {
  it("tells each trigger in the policy's order, and changes nothing", () => {
    const simulator = simulate();
    const before = structuredClone({ ...simulator.state, flags: null, alerts: null });
    expect(explained(simulator).map(({ alert, tier, reason }) => [alert, tier, reason])).toEqual([
      ["Slow", "stage", "rolled_back"],
      ["TestsFail", "phase", "rolled_back"],
      ["Errors", "safe-state", "rolled_back"],
      ["Down", "emergency", "rolled_back"],
      ["SearchFails", "flag", "rolled_back"],
    ]);
    expect({ ...simulator.state, flags: null, alerts: null }).toEqual(before);
  });

  it("would turn down flags and traffic", () => {
    expect(one(simulate(), "TestsFail")).toEqual({
      alert: "TestsFail",
      tier: "phase",
      reason: "rolled_back",
      detail: "a rollback would begin: phase",
      flags: [
        {
          flag: "traffic",
          before: { enabled: true, rolloutPercentage: 100 },
          after: { enabled: true, rolloutPercentage: 30 },
        },
        { flag: "cache", before: ON, after: OFF },
      ],
      traffic: { before: 100, after: 30 },
      until: null,
    });
    expect(one(simulate(), "SearchFails")?.detail).toBe("a rollback would begin: flag (search)");
  });

  it("says when a stage has none to return to", () => {
    expect(one(simulate(), "Slow")?.detail).toBe(
      "a rollback would begin: stage, which acts as phase: no stage has been promoted that it could return to",
    );
    const simulator = simulate();
    simulator.state.snapshot = new Map([["traffic", { enabled: true, rolloutPercentage: 10 }]]);
    expect(one(simulator, "Slow")).toMatchObject({
      detail: "a rollback would begin: stage",
      traffic: { before: 100, after: 10 },
    });
  });

  it("tells whom else it would concern", () => {
    const policy = policyOf({
      triggers: [{ alert: "Down", tier: "emergency" }],
      tiers: { emergency: { trafficCap: 0, pages: true } },
      gates: [{ name: "standard", criteria: [], holdFor: 0 }],
    });
    const simulator = simulate(policy);
    simulator.deploy(planOf("steady", [{ traffic: 40 }]));
    const id = simulator.state.rollout?.id;
    expect(one(simulator, "Down")?.detail).toBe(
      `a rollback would begin: emergency; rollout ${id} would end; the on-call engineer would be paged`,
    );
  });

  it("says that nothing is left", () => {
    const simulator = simulate();
    endure(simulator, "Errors");
    expect(one(simulator, "TestsFail")).toMatchObject({
      reason: "already_rolled_back",
      detail: "a rollback would begin, and find nothing left that phase turns down",
      flags: [],
      traffic: { before: 0, after: 0 },
    });
  });

  it("says what covers it, and for how long it has been known", () => {
    const simulator = simulate();
    simulator.alert("TestsFail");
    const id = simulator.state.rollback?.id;
    simulator.now += 90_500;
    expect(one(simulator, "TestsFail")).toMatchObject({
      reason: "duplicate",
      detail: `it has been firing for 1m31s and is known: rollback ${id} waits until it resolves, and nothing more would be turned down`,
      traffic: { before: 30, after: 30 },
    });
    expect(one(simulator, "Slow")).toMatchObject({
      reason: "absorbed",
      detail: `absorbed by the open rollback ${id}: its tier phase is more severe, so nothing more would be turned down, and it would wait for this alert too`,
    });
    expect(one(simulator, "Errors")).toMatchObject({
      reason: "escalated",
      detail: `the open rollback ${id} would go on from phase to safe-state`,
      traffic: { before: 30, after: 0 },
    });
    expect(one(simulator, "SearchFails")).toMatchObject({
      reason: "escalated",
      detail: `the open rollback ${id} would turn down search too`,
    });
    expect(one(simulator, "Down")?.detail).toMatch(/to emergency; the on-call engineer would be paged$/);
  });

  it("says that what has helped would be verified anew", () => {
    const simulator = simulate(
      policyOf({ triggers: ["A", "B"].map((alert) => ({ alert, tier: "phase" as const })) }),
    );
    simulator.alert("A");
    verify(simulator);
    const id = simulator.state.rollback?.id;
    expect(one(simulator, "B")?.detail).toBe(
      `absorbed by the open rollback ${id}: its tier phase is as severe, so nothing more would be turned down, and it would wait for this alert too; it would be verified anew`,
    );
  });

  it("says how long it cools down", () => {
    const simulator = simulate({ ...POLICY, rollbacks: { ...POLICY.rollbacks, cooldown: 10 * MINUTE } });
    endure(simulator, "TestsFail");
    const ended = simulator.now;
    simulator.now += MINUTE;
    expect(one(simulator, "TestsFail")).toMatchObject({
      reason: "cooldown",
      detail:
        "cooldown for another 9m: its last rollback has ended not long ago; nothing would be turned down; the on-call engineer would be paged",
      until: ended + 10 * MINUTE,
    });
    expect(one(simulator, "Errors")?.reason).toBe("rolled_back");
  });

  it("says how long the storm breaker is open, and whether people know", () => {
    const simulator = simulate();
    const began = simulator.now;
    endure(simulator, "SearchFails");
    simulator.sets({ search: true }, { acknowledge: true, reason: "mended" });
    for (const alert of ["SearchFails", "TestsFail"]) endure(simulator, alert);
    expect(one(simulator, "TestsFail")).toMatchObject({
      reason: "storm_breaker",
      until: began + 60 * MINUTE,
      detail: expect.stringMatching(
        /^the storm breaker is open for another 5\d\S+: 3 rollbacks within 1h; .* than theirs; people would be called$/,
      ),
    });
    simulator.alert("TestsFail");
    expect(one(simulator, "TestsFail")?.detail).toMatch(/; people have been called$/);
    expect(one(simulator, "Errors")?.reason).toBe("rolled_back");
  });

  it("without a trigger would do nothing", () => {
    const rule = { alert: "Warm", expr: "1", for: 0, keepFiringFor: null, limits: [], blind: false };
    const warm = { ...rule, labels: new Map(), annotations: new Map(), trigger: null };
    const simulator = simulate({ ...POLICY, alerts: [warm] });
    expect(one(simulator, "Warm")).toMatchObject({
      tier: null,
      reason: "no_trigger",
      detail:
        "nothing would happen: the policy has it as an alert that rolls nothing back; these roll back: Slow, TestsFail, Errors, Down, SearchFails",
      flags: [],
      traffic: { before: 100, after: 100 },
    });
    expect(one(simulate(policyOf({})), "Hot")?.detail).toBe(
      "nothing would happen: the policy does not have it; these roll back: none",
    );
  });
});
