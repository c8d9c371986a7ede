import { beforeEach, describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { note } from "../../src/domain/decision.ts";
import type { Gate } from "../../src/domain/gate.ts";
import { planOf } from "../support/policies.ts";
import { HOUR, MINUTE, OFF, on, SECOND, shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const gate = shop.gates.get("standard") as Gate;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

const minutes = (): number => (app.now - START) / MINUTE;

describe("a check that is nobody's business", () => {
  it("is one where no rollout runs, or none any more", () => {
    const evidence = { rollout: "ro-1", stage: 0, takenAt: START, values: new Map(), blindness: [] };
    expect(nextCheckOf(app.state)).toBeNull();
    expect(app.take({ type: "check", evidence })).toEqual(note());
    app.deploy(steps);
    app.says("abort");
    expect(nextCheckOf(app.state)).toBeNull();
    app.now += HOUR;
    expect(app.check()).toEqual(note());
  });

  it("is one that is not due", () => {
    app.deploy(steps);
    expect(nextCheckOf(app.state)).toBe(START + MINUTE);
    app.now += MINUTE - 1;
    expect(app.check()).toEqual(note());
    const { takenAt, ...evidence } = app.evidence();
    expect(app.take({ type: "check", evidence: { ...evidence, takenAt: takenAt + MINUTE } })).toEqual(note());
  });

  it("is one while the rollout is paused", () => {
    app.deploy(steps);
    app.says("pause");
    expect(nextCheckOf(app.state)).toBeNull();
    app.now += HOUR;
    expect(app.check({ error_rate: 99 })).toEqual(note());
  });

  it("is one of a bake that was lost: only an operator can do something then", () => {
    app.deploy(steps);
    app.state.bake = null;
    expect(nextCheckOf(app.state)).toBeNull();
    app.now += HOUR;
    expect(app.check()).toEqual(note());
    expect(app.says("abort").reason).toBe("aborted");
  });

  it("is one whose evidence is of another rollout or stage", () => {
    app.deploy(steps);
    app.now += 10 * MINUTE;
    const evidence = app.evidence();
    expect(app.take({ type: "check", evidence: { ...evidence, rollout: "ro-9" } })).toEqual(note());
    expect(app.take({ type: "check", evidence: { ...evidence, stage: 1 } })).toEqual(note());
    expect(app.take({ type: "check", evidence }).changes).toHaveLength(1);
  });

  it("is one whose evidence has waited too long", () => {
    app.deploy(steps);
    app.now += 10 * MINUTE;
    const evidence = app.evidence();
    app.now += 10 * SECOND + 1;
    expect(app.take({ type: "check", evidence })).toEqual(note());
    app.now -= 1;
    expect(app.take({ type: "check", evidence }).changes).toHaveLength(1);
  });

  it("is one of a second responder who looked at the same time, however late it comes", () => {
    const quick = planOf("quick", [{ bake: 12 * SECOND, checkEvery: SECOND }]);
    app.deploy(quick);
    app.now += SECOND;
    const [first, second] = [app.evidence(), app.evidence()];
    expect(app.take({ type: "check", evidence: first }).changes).toHaveLength(1);
    for (const wait of [0, SECOND, 5 * SECOND]) {
      app.now = START + SECOND + wait;
      expect(app.take({ type: "check", evidence: second })).toEqual(note());
    }
    expect(app.state.bake?.samples.get("error_rate")?.count).toBe(1);
  });
});

describe("a green bake", () => {
  it("promotes when it is done, and sets the flags of the next stage in the same commit", () => {
    app.deploy(steps);
    for (let check = 1; check < 6; check++)
      expect(app.nextCheck()).toMatchObject({ reason: null, events: [] });
    const decision = app.nextCheck();
    expect(minutes()).toBe(60);
    expect(decision).toMatchObject({ reason: "promoted", detail: "stage 1 of 3 promoted: all green" });
    expect(decision.events).toEqual([
      {
        at: app.now,
        actor: "clock",
        reason: "promoted",
        rollback: null,
        tier: null,
        alert: null,
        flags: [
          { flag: "traffic", before: on(10), after: on(50) },
          { flag: "cache", before: OFF, after: on(50) },
        ],
        traffic: { before: 10, after: 50 },
        ended: false,
        unchanged: [],
        rollout: {
          id: app.state.rollout?.id,
          plan: "steps",
          stage: 2,
          stages: 3,
          name: "stage 2",
          status: "running",
        },
        gate: [
          {
            metric: "error_rate",
            value: 0.099,
            verdict: "green",
            green: gate.criteria[0]?.green,
            red: gate.criteria[0]?.red,
          },
          {
            metric: "pass_rate",
            value: 98,
            verdict: "green",
            green: gate.criteria[1]?.green,
            red: gate.criteria[1]?.red,
          },
          {
            metric: "uptime",
            value: 100,
            verdict: "green",
            green: gate.criteria[2]?.green,
            red: gate.criteria[2]?.red,
          },
        ],
        detail: "stage 1 of 3 promoted: all green",
      },
    ]);
    expect(decision.messages).toMatchObject([
      { kind: "promoted", subject: app.state.rollout?.id, page: false },
    ]);
    expect(app.state.rollout?.history).toEqual([
      { stage: 1, traffic: 10, startedAt: START, endedAt: app.now, seen: HOUR, checks: 6 },
    ]);
    expect(app.state.snapshot?.get("traffic")).toEqual(on(10));
    expect(app.state.flags.get("cache")).toMatchObject({ ...on(50), updatedBy: "clock", updatedAt: app.now });
    expect(app.state.bake).toMatchObject({ seen: 0, needed: HOUR, countFrom: app.now, samples: new Map() });
  });

  it("of the last stage completes the rollout", () => {
    app.deploy(steps);
    app.runToEnd();
    expect(minutes()).toBe(180);
    expect(app.ledger.at(-1)).toMatchObject({
      reason: "completed",
      detail: "all 3 stages of steps are completed: all green",
      flags: [],
      rollout: { status: "completed", stage: 3 },
    });
    expect(app.state).toMatchObject({ bake: null, rollout: { outcome: "completed", endedAt: app.now } });
  });

  it("counts the time until it was looked at, however long the lock had to be waited for", () => {
    app.deploy(steps);
    const looks = Array.from({ length: 60 }, () => {
      app.now = nextCheckOf(app.state) ?? app.now;
      const evidence = app.evidence();
      app.now += 9 * SECOND;
      return app.take({ type: "check", evidence }).reason;
    });
    expect(looks.filter((reason) => reason !== null)).toEqual(["promoted"]);
    expect(looks.at(-1)).toBe("promoted");
    expect(app.state.rollout?.history).toMatchObject([{ seen: HOUR, endedAt: START + HOUR + 9 * SECOND }]);
  });

  it("waits for the gate's checks in a row, though its time is over", () => {
    app.deploy(steps);
    app.policy = {
      ...shop,
      gates: new Map([
        [
          "standard",
          { ...gate, criteria: gate.criteria.map((one) => ({ ...one, sustained: { checksInARow: 8 } })) },
        ],
      ]),
    };
    for (let check = 1; check < 8; check++) expect(app.nextCheck().reason).toBeNull();
    expect(app.nextCheck().reason).toBe("promoted");
    expect(minutes()).toBe(80);
  });

  it("waits for the step's time, is looked at meanwhile, and once more just then", () => {
    app.deploy(planOf("daily", [{ traffic: 10 }, { traffic: 20 }], { stepEvery: 95 * MINUTE }));
    app.runUntil(START + 94 * MINUTE);
    expect(app.stage).toBe(1);
    expect(nextCheckOf(app.state)).toBe(START + 95 * MINUTE);
    app.nextCheck();
    expect([app.stage, minutes()]).toEqual([2, 95]);
    app.runToEnd();
    expect([app.status, minutes()]).toEqual(["completed", 155]);
  });
});

describe("a red check", () => {
  it("rolls everything back at once, quarantines it, and ends the rollout", () => {
    app.deploy(steps);
    app.runUntil(START + 70 * MINUTE);
    const decision = app.nextCheck({ error_rate: [0, 7, 0.5] });
    expect(decision).toMatchObject({
      reason: "rolled_back",
      tier: "safe-state",
      detail: "error_rate 7 is red (red is > 1)",
      events: [
        {
          actor: "clock",
          ended: false,
          traffic: { before: 50, after: 0 },
          rollout: { status: "rolled_back" },
        },
      ],
      messages: [
        { kind: "rolled_back", subject: decision.rollback, tier: "safe-state", page: false },
        { kind: "aborted", subject: app.state.rollout?.id },
      ],
    });
    expect(decision.events[0]?.gate[0]).toMatchObject({ value: 7, verdict: "red" });
    expect(app.state).toMatchObject({
      rollback: { id: decision.rollback, trigger: "gate", startedBy: "clock", status: "verifying" },
      bake: null,
    });
    expect(app.state.rollout).toMatchObject({
      outcome: "rolled_back",
      rollback: decision.rollback,
      endedAt: app.now,
    });
    expect(app.state.flags.get("traffic")).toMatchObject({ ...OFF, quarantinedBy: decision.rollback });
  });

  it("does so also when something else is missing", () => {
    app.deploy(steps);
    expect(app.nextCheck({ error_rate: 2, uptime: null }, ["Prometheus warned"]).reason).toBe("rolled_back");
  });

  it("of which only one of several series is red is red", () => {
    app.deploy(steps);
    expect(app.nextCheck({ pass_rate: [99, 94, 100] }).detail).toBe("pass_rate 94 is red (red is < 95)");
  });

  it("of an average only shows at the end of the bake", () => {
    app.deploy(steps);
    expect(app.nextCheck({ uptime: 0 }).reason).toBeNull();
    app.runUntil(START + 59 * MINUTE);
    const decision = app.nextCheck();
    expect(decision).toMatchObject({
      reason: "rolled_back",
      detail: "uptime 83.3333 is red (red is < 99.9)",
    });
  });

  it("pages where the policy says so", () => {
    app.policy = {
      ...shop,
      tiers: { ...shop.tiers, "safe-state": { ...shop.tiers["safe-state"], pages: true } },
    };
    app.deploy(steps);
    expect(app.nextCheck({ error_rate: 2 }).messages[0]).toMatchObject({ kind: "rolled_back", page: true });
  });
});
