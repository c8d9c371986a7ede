import { beforeEach, describe, expect, it } from "@jest/globals";
import type { Bake } from "../../src/domain/bake.ts";
import type { Gate } from "../../src/domain/gate.ts";
import { criterionOf } from "../support/policies.ts";
import { approved, HOUR, MINUTE, SECOND, shop } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const gate = shop.gates.get("standard") as Gate;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

describe("a stage that waits for an operator", () => {
  beforeEach(() => {
    app.deploy(approved);
    app.runUntil(START + 119 * MINUTE);
    expect(app.stage).toBe(2);
  });

  it("holds when all is green, says so once, and is watched", () => {
    const why = ["all green: it waits for an operator to approve it"];
    expect(app.nextCheck()).toMatchObject({ reason: "held", detail: why[0] });
    expect(app.state.rollout?.hold).toEqual({ kind: "approval", since: app.now, why });
    app.runFor(24 * HOUR);
    expect(app.ledger.map(({ reason }) => reason)).toEqual(["promoted", "promoted", "held"]);
    expect([app.status, app.stage, app.traffic]).toEqual(["holding", 2, 50]);
    expect(app.state.bake?.seen).toBe(25 * HOUR);
  });

  it("bakes anew when it turns yellow meanwhile, and is rolled back when it turns red", () => {
    app.nextCheck();
    const bake = app.state.bake as Bake;
    app.runUntil(bake.nextSampleAt - 1);
    expect(app.nextLook({ error_rate: 0.5 })).toMatchObject({ reason: "held" });
    expect(app.state.rollout?.hold?.kind).toBe("yellow");
    app.runFor(2 * HOUR);
    expect(app.state.rollout?.hold?.kind).toBe("approval");
    expect(app.nextCheck({ error_rate: 5 }).reason).toBe("rolled_back");
  });

  it("says it again when it has been blind meanwhile", () => {
    app.nextCheck();
    app.nextCheck({ error_rate: null });
    expect(app.nextCheck()).toMatchObject({
      reason: "held",
      detail: "all green: it waits for an operator to approve it",
    });
    expect(app.state.rollout).toMatchObject({ blind: null, hold: { kind: "approval" } });
  });
});

describe("an approval", () => {
  const approve = () => app.says("approve", { actor: "joe", reason: "looks fine" });
  const unseen = { reason: "refused", detail: expect.stringMatching(/cannot be seen well enough/) };
  const baking = {
    reason: "refused",
    detail: expect.stringMatching(/bakes on: approve it when its gate is green again/),
  };

  beforeEach(() => {
    app.deploy(approved);
    app.runUntil(START + 120 * MINUTE);
    expect(app.state.rollout?.hold?.kind).toBe("approval");
  });

  it("goes on to the next stage, in the operator's name", () => {
    expect(approve()).toMatchObject({
      reason: "approved",
      detail: "stage 2 of 3 approved: by joe: looks fine",
      events: [
        { actor: "joe", reason: "approved", traffic: { before: 50, after: 100 }, rollout: { stage: 3 } },
      ],
      messages: [{ kind: "promoted" }],
    });
    expect(app.state.flags.get("traffic")).toMatchObject({ rolloutPercentage: 100, updatedBy: "joe" });
    expect(app.state.rollout).toMatchObject({
      hold: null,
      history: [{ stage: 1 }, { stage: 2, seen: HOUR }],
    });
    app.runToEnd();
    expect(app.status).toBe("completed");
  });

  it("of the last stage completes the rollout", () => {
    const last = { ...approved, stages: approved.stages.slice(0, 2) };
    app = new RolloutSimulator({ policy: shop, now: START });
    app.deploy(last);
    app.runUntil(START + 120 * MINUTE);
    expect(approve()).toMatchObject({
      reason: "completed",
      detail: "all 2 stages of approved are approved: by joe: looks fine",
      events: [{ actor: "joe", rollout: { status: "completed" } }],
    });
  });

  it("is refused where nothing waits for one", () => {
    approve();
    expect(approve()).toMatchObject({
      reason: "refused",
      detail: `there is nothing to approve: rollout ${app.state.rollout?.id} is running and waits for no approval`,
    });
  });

  it("is refused while the rollout is paused, and after that until somebody has looked", () => {
    app.says("pause");
    expect(approve()).toMatchObject({
      reason: "refused",
      detail: expect.stringMatching(/is paused: resume it/),
    });
    app.now += 24 * HOUR;
    app.says("resume");
    expect(approve()).toMatchObject(unseen);
    app.nextCheck();
    expect(approve().reason).toBe("approved");
  });

  it("is refused when the last check is out of date", () => {
    app.now += MINUTE + 5 * SECOND + 1;
    expect(approve()).toMatchObject(unseen);
    app.now -= 1;
    expect(approve().reason).toBe("approved");
  });

  it("is preceded by a look that was asked for, which is a sample and decides like any other", () => {
    app.now += 20 * SECOND;
    const early = (values = {}) => app.take({ type: "check", early: true, evidence: app.evidence(values) });
    const count = (): number => app.state.bake?.samples.get("error_rate")?.count ?? 0;
    const before = count();
    expect(early()).toMatchObject({ reason: null });
    expect(count()).toBe(before + 1);
    const stale = { ...app.evidence(), takenAt: app.now - 1 };
    expect(app.take({ type: "check", early: true, evidence: stale }).changes).toEqual([]);
    expect(early({ error_rate: 40 }).reason).toBe("rolled_back");
    expect(approve().reason).toBe("refused");
  });

  it("may be asked for before anybody has looked", () => {
    const fresh = new RolloutSimulator({ policy: shop });
    fresh.deploy(approved);
    expect(fresh.take({ type: "check", early: true, evidence: fresh.evidence() }).changes).toHaveLength(1);
  });

  it("is refused while the bake begins anew because nothing could be seen", () => {
    app.policy = { ...shop, rollout: { ...shop.rollout, afterBlindness: "restart" } };
    app.nextCheck({ uptime: null });
    app.nextCheck();
    expect(app.state.rollout).toMatchObject({ blind: null, hold: { kind: "approval" } });
    expect(approve()).toMatchObject(baking);
    app.runFor(HOUR);
    expect(approve().reason).toBe("approved");
  });

  it("is refused when the policy asks for more by now, or has lost the gate", () => {
    const criteria = [...gate.criteria, criterionOf("memory_used", "< 80")];
    app.policy = { ...shop, gates: new Map([["standard", { ...gate, criteria }]]) };
    expect(approve()).toMatchObject(baking);
    const strict = gate.criteria.map((one) => ({ ...one, green: { comparison: "<", value: -1 } as const }));
    app.policy = { ...shop, gates: new Map([["standard", { ...gate, criteria: strict }]]) };
    expect(approve()).toMatchObject(baking);
    app.policy = { ...shop, gates: new Map() };
    expect(approve()).toMatchObject(unseen);
  });

  it("is refused when the bake was lost", () => {
    app.state.bake = null;
    expect(approve()).toMatchObject(unseen);
  });
});
