import { beforeEach, describe, expect, it } from "@jest/globals";
import { emptyState } from "../../src/domain/state.ts";
import { planOf } from "../support/policies.ts";
import { HOUR, MINUTE, OFF, on, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator } from "../support/rollback-simulator.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";

const START = 1_790_000_000_000;
const FIRST = `ro-1-${START.toString(36)}`;

let app: RolloutSimulator;
beforeEach(() => {
  app = new RolloutSimulator({ policy: shop, now: START });
});

const refused = (detail: RegExp | string) => ({
  reason: "refused",
  changes: [],
  events: [],
  messages: [],
  detail: typeof detail === "string" ? detail : expect.stringMatching(detail),
});

describe("a deploy", () => {
  it("sets the first stage's flags and begins its bake", () => {
    const decision = app.deploy(steps, { thresholds: new Map([["error_rate", 0.5]]) });
    expect(decision).toMatchObject({
      reason: "promoted",
      detail: "steps deployed by mia",
      events: [
        {
          actor: "mia",
          flags: [{ flag: "traffic", before: OFF, after: on(10) }],
          traffic: { before: 0, after: 10 },
          rollout: { id: FIRST, plan: "steps", stage: 1, stages: 3, name: "stage 1", status: "running" },
          gate: [],
        },
      ],
      messages: [{ kind: "deployed", subject: FIRST, detail: "steps deployed by mia", page: false }],
    });
    expect(app.state.rollout).toEqual({
      id: FIRST,
      plan: steps,
      thresholds: new Map([["error_rate", 0.5]]),
      attempt: 1,
      stage: 0,
      startedAt: START,
      startedBy: "mia",
      stageStartedAt: START,
      hold: null,
      blind: null,
      pausedAt: null,
      outcome: null,
      endedAt: null,
      rollback: null,
      history: [],
      lastDecision: { at: START, reason: "promoted", detail: "steps deployed by mia", actor: "mia" },
    });
    expect(app.state.bake).toMatchObject({
      needed: HOUR,
      seen: 0,
      countFrom: START,
      nextSampleAt: START + 10 * MINUTE,
      nextCheckAt: START + MINUTE,
    });
    expect(app.state.flags.get("traffic")).toMatchObject({
      ...on(10),
      updatedBy: "mia",
      quarantinedBy: null,
    });
  });

  it("tells why, when that was said", () => {
    expect(app.deploy(steps, { reason: "release 7" }).detail).toBe("steps deployed by mia: release 7");
  });

  it("judges by the operator's thresholds", () => {
    app.deploy(steps, { thresholds: new Map([["error_rate", 0.5]]) });
    expect(app.nextCheck({ error_rate: 0.6 }).reason).toBe("rolled_back");
  });

  it("backs up what stood before it, and forgets the snapshot of another rollout", () => {
    app.deploy(steps);
    app.runUntil(START + 60 * MINUTE);
    expect(app.state.snapshot).not.toBeNull();
    app.says("abort");
    const [before, revision] = [app.state.rollout, app.state.revision];
    app.now += MINUTE;
    app.deploy(steps);
    expect(app.state.snapshot).toBeNull();
    expect(app.state.backup).toMatchObject({ takenAt: app.now, revision, rollout: before });
    expect(app.state.backup?.settings.get("traffic")).toEqual(on(50));
    expect(app.state.backup?.settings.size).toBe(shop.flags.size);
  });

  it("may begin below what stands: an operator wants it so", () => {
    app.deploy(steps);
    app.runUntil(START + 60 * MINUTE);
    app.says("abort");
    expect(app.deploy(steps).events[0]?.traffic).toEqual({ before: 50, after: 10 });
  });

  it("is refused while another one is active, whatever it does", () => {
    app.deploy(steps);
    expect(app.deploy(steps)).toEqual(
      expect.objectContaining(refused(`rollout ${FIRST} (steps) is running: abort it, or wait for its end`)),
    );
    app.says("pause");
    expect(app.deploy(steps)).toMatchObject(refused(/is paused: abort it/));
  });

  it("is refused while a rollback is open", () => {
    app.alert("Slow");
    expect(app.deploy(steps, { acknowledge: true, reason: "now" })).toMatchObject(
      refused(/^rollback rb-1-\w+ is open: its alerts are firing \(Slow\); wait until they resolve$/),
    );
    app.alert("Slow", "resolved");
    expect(app.deploy(steps)).toMatchObject(
      refused(/^rollback rb-1-\w+ is open: it is being verified; wait for the verdict$/),
    );
    app.verify();
    expect(app.deploy(steps).reason).toBe("promoted");
  });

  it("is refused after a rollback of which nobody knows whether it helped, until that is acknowledged", () => {
    const other = new RollbackSimulator({ policy: shop, now: START });
    const { rollback } = other.fires("Slow");
    other.resolves("Slow");
    other.looksOn({ error_rate: null });
    expect(other.deploy(steps)).toMatchObject(
      refused(
        `rollback ${rollback} is open: it is unverified; end it once it is understood: rollguard acknowledge ${rollback} --reason …`,
      ),
    );
    other.acknowledges(rollback);
    expect(other.deploy(steps).reason).toBe("promoted");
  });

  it("is refused under the kill switch", () => {
    app.state.flags.set("shutdown", { ...on(), updatedAt: 0, updatedBy: "mia", quarantinedBy: null });
    expect(app.deploy(steps)).toMatchObject(
      refused(/^shutdown is on, so that nobody would meet what is deployed/),
    );
  });

  it("is refused when it sets what is no release flag", () => {
    const wild = new Map(["read_only", "shutdown", "gone", "cache"].map((key) => [key, on()]));
    expect(app.deploy(planOf("wild", [{ flags: wild }, { flags: wild }]))).toMatchObject(
      refused("read_only, shutdown, gone: the plan sets what the policy does not have as a release flag"),
    );
  });

  it("is refused when nothing could judge one of its stages", () => {
    expect(app.deploy(planOf("wild", [{}, { gate: "strict" }]))).toMatchObject(
      refused('the gate "strict" of the plan is not in the policy: nothing could judge stage 2'),
    );
  });

  it("is refused to the second of two operators who saw the same", () => {
    expect(app.deploy(steps, { expected: 1 })).toMatchObject(
      refused(/^the application is at revision 0, not 1 any more/),
    );
    expect(app.deploy(steps, { expected: 0 }).reason).toBe("promoted");
    for (const type of ["pause", "resume", "abort", "approve"] as const)
      expect(app.says(type, { expected: 0 })).toMatchObject(refused(/at revision 1, not 0/));
    expect(app.retry({ expected: 0 })).toMatchObject(refused(/at revision 1, not 0/));
    expect(app.restore(new Map(), { expected: 0 })).toMatchObject(refused(/at revision 1, not 0/));
    expect(app.says("pause", { expected: 1 }).reason).toBe("paused");
  });
});

describe("what a rollback put in quarantine", () => {
  beforeEach(() => {
    app.deploy(steps);
    app.nextCheck({ error_rate: 9 });
    expect(app.status).toBe("rolled_back");
    app.verify();
  });

  const quarantined = () =>
    [...app.state.flags].filter(([, { quarantinedBy }]) => quarantinedBy !== null).map(([key]) => key);

  it("comes back only with an acknowledgement and a reason", () => {
    const refusal = refused(
      "traffic: in quarantine since a rollback; acknowledge that, and give a reason, to raise them",
    );
    expect(quarantined()).toEqual(["traffic"]);
    expect(app.deploy(steps)).toMatchObject(refusal);
    expect(app.deploy(steps, { reason: "fixed" })).toMatchObject(refusal);
    expect(app.deploy(steps, { acknowledge: true, reason: "  " })).toMatchObject(refusal);
    expect(app.deploy(steps, { acknowledge: true, reason: "fixed" }).reason).toBe("promoted");
    expect(quarantined()).toEqual([]);
  });

  it("is let out when the plan turns it on later, and stays as it is until then", () => {
    app.state.flags.set("cache", { ...on(20), updatedAt: 0, updatedBy: "mia", quarantinedBy: null });
    app.alert("CacheBroken");
    app.alert("CacheBroken", "resolved");
    app.verify();
    expect(quarantined()).toEqual(["traffic", "cache"]);
    const cache = app.state.flags.get("cache");
    app.now += 1;
    app.deploy(steps, { acknowledge: true, reason: "fixed" });
    expect(quarantined()).toEqual([]);
    expect(app.state.flags.get("cache")).toEqual({
      ...cache,
      updatedAt: app.now,
      updatedBy: "mia",
      quarantinedBy: null,
    });
    app.runToEnd();
    expect(app.status).toBe("completed");
  });

  it("and is on below what the plan turns on needs that too; what is off there stays in", () => {
    const settings = { updatedAt: 0, updatedBy: "alertmanager" };
    const state = {
      ...emptyState(),
      flags: new Map([["llm", { ...on(25), ...settings, quarantinedBy: "rb-1" }]]),
    };
    app = new RolloutSimulator({ policy: shop, now: START, state });
    expect(app.deploy(steps)).toMatchObject(refused(/^llm: in quarantine since a rollback/));
    app.state.flags.set("llm", { ...OFF, ...settings, quarantinedBy: "rb-1" });
    expect(app.deploy(steps).reason).toBe("promoted");
    expect(quarantined()).toEqual(["llm"]);
  });

  it("and no plan touches needs nothing", () => {
    app.policy = { ...shop, flags: new Map([...shop.flags].filter(([key]) => key !== "llm")) };
    const core = planOf("core only", [{ traffic: 0, flags: new Map([["core", on()]]) }]);
    expect(app.deploy(core).reason).toBe("promoted");
    expect(quarantined()).toEqual(["traffic"]);
  });
});

describe("a retry", () => {
  it("is refused where there is nothing to retry", () => {
    expect(app.retry()).toMatchObject(refused("there is no rollout to retry: deploy one"));
    app.deploy(steps);
    expect(app.retry()).toMatchObject(refused(/is running: abort it/));
    app.runToEnd();
    expect(app.retry()).toMatchObject(refused(`rollout ${FIRST} is completed: deploy a new one`));
  });

  it("begins again at the policy's stage, as the next attempt", () => {
    app.deploy(steps, { thresholds: new Map([["error_rate", 2]]) });
    app.runUntil(START + 120 * MINUTE);
    app.nextCheck({ error_rate: 9 });
    app.verify();
    app.policy = { ...shop, rollout: { ...shop.rollout, retryFromStage: 2 } };
    app.now += HOUR;
    expect(app.retry({ reason: "fixed" })).toMatchObject({
      reason: "promoted",
      detail: "steps retried as attempt 2 by mia: fixed",
      events: [{ traffic: { before: 0, after: 50 } }],
      messages: [{ kind: "deployed" }],
    });
    expect(app.state.rollout).toMatchObject({
      id: `ro-6-${app.now.toString(36)}`,
      attempt: 2,
      stage: 1,
      startedAt: app.now,
      thresholds: new Map([["error_rate", 2]]),
      outcome: null,
      history: [],
    });
    expect(app.state.snapshot).toBeNull();
    app.runToEnd();
    expect(app.status).toBe("completed");
  });

  it("begins with the last stage of a plan that has not so many", () => {
    app.policy = { ...shop, rollout: { ...shop.rollout, retryFromStage: 9 } };
    app.deploy(steps);
    app.says("abort");
    app.retry();
    expect(app.stage).toBe(3);
  });

  it("needs an acknowledgement and a reason, also where nothing is in quarantine", () => {
    app.deploy(steps);
    app.says("abort");
    const refusal = refused(`rollout ${FIRST} is aborted: acknowledge that, and give a reason, to retry it`);
    expect(app.retry({ acknowledge: false })).toMatchObject(refusal);
    expect(app.retry({ reason: null })).toMatchObject(refusal);
    expect(app.retry({ reason: "\n" })).toMatchObject(refusal);
    expect(app.retry().reason).toBe("promoted");
  });

  it("is refused while a trigger is firing", () => {
    app.deploy(steps);
    app.alert("ErrorRateSpike");
    expect(app.retry()).toMatchObject(refused(/is open: its alerts are firing \(ErrorRateSpike\)/));
    app.alert("ErrorRateSpike", "resolved");
    app.verify();
    expect(app.retry().reason).toBe("promoted");
  });
});
