import { beforeEach, describe, expect, it } from "@jest/globals";
import type { PastRollback } from "../../src/domain/rollback.ts";
import { cooldownOf, stormAgainst } from "../../src/domain/storm.ts";
import type { TierName } from "../../src/domain/tier.ts";
import { HOUR, MINUTE, SECOND, shop, steps } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const START = 1_790_000_000_000;

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy: running, now: START });
});

function pastOf(...began: readonly (readonly [minute: number, TierName, trigger?: string])[]) {
  return {
    past: began.map(([minute, tier, trigger = "Slow"]) => {
      const startedAt = START + minute * MINUTE;
      return { id: `rb-${minute}`, tier, trigger, startedAt, endedAt: startedAt + MINUTE } as PastRollback;
    }),
  };
}

describe("the storm breaker", () => {
  const against = (state: ReturnType<typeof pastOf>, tier: TierName, minute: number) => {
    const until = stormAgainst(state.past, tier, running, START + minute * MINUTE);
    return until === null ? null : (until - START) / MINUTE;
  };

  it("lets as many rollbacks begin as the policy says, within its time", () => {
    expect(against(pastOf(), "flag", 0)).toBeNull();
    expect(against(pastOf([0, "flag"], [10, "flag"]), "flag", 20)).toBeNull();
    expect(against(pastOf([0, "flag"], [10, "flag"], [20, "flag"]), "flag", 30)).toBe(60);
  });

  it("is open until enough of them are long ago, to the millisecond", () => {
    const state = pastOf([0, "flag"], [10, "flag"], [20, "flag"]);
    expect(against(state, "flag", 60 - 1 / MINUTE)).toBe(60);
    expect(against(state, "flag", 60)).toBeNull();
    expect(against(pastOf([0, "flag"], [10, "flag"], [20, "flag"], [30, "flag"]), "flag", 40)).toBe(70);
  });

  it("lets a tier through that is more severe than all of them", () => {
    const state = pastOf([0, "flag"], [10, "phase"], [20, "stage"]);
    expect(against(state, "phase", 30)).toBe(60);
    expect(against(state, "safe-state", 30)).toBeNull();
    expect(
      against(pastOf([-90, "emergency"], [0, "flag"], [10, "phase"], [20, "flag"]), "safe-state", 30),
    ).toBe(null);
  });
});

describe("the cooldown", () => {
  it("is each trigger's own, from the end of the last rollback that it began", () => {
    const policy = { ...running, rollbacks: { ...running.rollbacks, cooldown: 10 * MINUTE } };
    const state = pastOf([0, "flag", "Slow"], [5, "flag", "Slow"], [20, "flag", "Down"]);
    const until = START + 16 * MINUTE;
    expect(cooldownOf(state.past, "Slow", policy, until - 1)).toBe(until);
    expect(cooldownOf(state.past, "Slow", policy, until)).toBeNull();
    expect(cooldownOf(state.past, "Down", policy, until)).toBe(START + 31 * MINUTE);
    expect(cooldownOf(state.past, "Other", policy, until)).toBeNull();
    expect(cooldownOf(state.past, "Down", running, START + 21 * MINUTE)).toBeNull();
  });

  it("keeps an alert from beginning, but not from joining, a rollback", () => {
    app.policy = { ...running, rollbacks: { ...running.rollbacks, cooldown: 10 * MINUTE } };
    app.wholeRollback("TestsFail");
    const kept = app.fires("TestsFail");
    expect(kept).toMatchObject({
      reason: "cooldown",
      tier: "phase",
      detail: expect.stringMatching(/^TestsFail fires again.* nothing is turned down for another 10m$/),
      events: [{ reason: "cooldown", flags: [] }],
      messages: [{ kind: "cooldown", subject: "alert-TestsFail", page: true }],
    });
    expect(app.fires("TestsFail")).toMatchObject({ reason: "cooldown", events: [], changes: [] });
    expect(app.fires("CacheBroken").reason).toBe("already_rolled_back");
    expect(app.fires("TestsFail").reason).toBe("escalated");
    app.resolves("TestsFail");
    app.resolves("CacheBroken");
    app.verify();
    app.now += 10 * MINUTE;
    expect(app.fires("TestsFail").reason).toBe("already_rolled_back");
  });
});

/** An operator's rollback of that flag, seen to have helped, and over. */
function byHand(key: string): void {
  expect(app.rollsBack("flag", { flags: [key] }).reason).toBe("rolled_back");
  app.verify();
}

/** A shop whose last three rollbacks turned something down, and in which a rollout runs by now. */
function rolledOut(): void {
  app = new RollbackSimulator({ policy: shop, now: START });
  app.sets({ cache: true });
  app.wholeRollback("CacheBroken");
  for (const key of ["core", "llm"]) byHand(key);
  expect(app.deploy(steps, { acknowledge: true, reason: "mended" }).reason).toBe("promoted");
}

describe("a trigger that the storm keeps back", () => {
  beforeEach(() => {
    for (const name of ["CacheBroken", "RouterBroken"]) app.wholeRollback(name);
    byHand("darwin");
  });

  it("turns nothing down: people are called, once for each trigger", () => {
    const { revision } = app.state;
    const decision = app.fires("CacheBroken", { actor: "reconcile" });
    const detail =
      "3 rollbacks within 1h: CacheBroken calls for flag, and nothing is turned down until somebody has looked";
    expect(decision).toMatchObject({ reason: "storm_breaker", tier: "flag", rollback: null, detail });
    expect(decision.events).toMatchObject([
      { actor: "reconcile", alert: { name: "CacheBroken" }, flags: [], traffic: null, rollout: null },
    ]);
    expect(decision.messages).toEqual([
      {
        subject: expect.stringMatching(/^storm-/),
        kind: "storm_breaker",
        at: app.now,
        tier: "flag",
        alert: "CacheBroken",
        flags: [],
        rollout: null,
        detail,
        page: true,
      },
    ]);
    expect(app.state).toMatchObject({
      revision: revision + 1,
      rollback: null,
      storm: { since: app.now, until: START + HOUR, triggers: ["CacheBroken"] },
    });
    expect(app.fires("CacheBroken")).toMatchObject({ reason: "storm_breaker", changes: [], events: [] });
    const { since } = app.state.storm ?? {};
    app.now += SECOND;
    expect(app.fires("RouterBroken").messages).toHaveLength(1);
    expect(app.state.storm).toEqual({
      since,
      until: START + HOUR,
      triggers: ["CacheBroken", "RouterBroken"],
    });
  });

  it("acts again once the time has passed; the next storm is told anew", () => {
    app.fires("RouterBroken");
    app.now = START + HOUR - 1;
    expect(app.fires("RouterBroken")).toMatchObject({ reason: "storm_breaker", events: [] });
    app.now += 1;
    expect(app.wholeRollback("RouterBroken")).toBe(app.state.past.at(-1)?.id);
    for (const key of ["child", "core", "traffic"]) byHand(key);
    expect(app.fires("RouterBroken")).toMatchObject({ reason: "storm_breaker", messages: [{ page: true }] });
    expect(app.state.storm).toMatchObject({ since: app.now, triggers: ["RouterBroken"] });
  });

  it("is told anew when a more severe one has made the storm last longer than was said", () => {
    app.now = START + 30 * MINUTE;
    app.fires("RouterBroken");
    app.wholeRollback("TestsFail");
    app.now = START + HOUR - 1;
    expect(app.fires("RouterBroken").messages).toEqual([]);
    app.now += 1;
    expect(app.fires("RouterBroken")).toMatchObject({ reason: "storm_breaker", messages: [{ page: true }] });
    expect(app.state.storm).toMatchObject({ since: app.now, triggers: ["RouterBroken"] });
  });

  it("does not keep a more severe one from acting, nor an operator, nor what joins an open rollback", () => {
    expect(app.fires("TestsFail").reason).toBe("rolled_back");
    expect(app.fires("CacheBroken").reason).toBe("absorbed");
    app.resolves("TestsFail");
    app.resolves("CacheBroken");
    app.verify();
    expect(app.fires("TestsFail").reason).toBe("storm_breaker");
    expect(app.rollsBack("flag", { flags: ["core"] }).reason).toBe("rolled_back");
  });

  it("has a rollout that runs wait for an operator", () => {
    rolledOut();
    app.now += 5 * MINUTE;
    const decision = app.fires("CacheBroken", { actor: "reconcile" });
    expect(decision.events).toMatchObject([{ rollout: { status: "paused" } }]);
    expect(decision.messages).toMatchObject([{ rollout: { status: "paused" } }]);
    const { detail } = decision;
    expect(app.state.rollout).toMatchObject({
      pausedAt: app.now,
      lastDecision: { at: app.now, reason: "storm_breaker", detail, actor: "reconcile" },
    });
    app.says("resume");
    expect([app.status, app.traffic]).toEqual(["running", 10]);
    app.fires("CacheBroken");
    expect(app.status).toBe("running");
  });

  it("leaves a rollout paused since it was", () => {
    rolledOut();
    app.says("pause");
    const { now } = app;
    app.now += MINUTE;
    app.fires("CacheBroken");
    expect(app.state.rollout).toMatchObject({ pausedAt: now, lastDecision: { reason: "storm_breaker" } });
  });
});
