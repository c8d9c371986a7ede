import { describe, expect, it } from "@jest/globals";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { explain } from "../../src/domain/explain.ts";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import { planOf } from "../support/policies.ts";
import { HOUR, MINUTE, on } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";
import { SuspectsShop } from "../support/suspects-shop.ts";

const PLAN = planOf("plan", [{ traffic: 100, flags: new Map() }]);

function shop(rollbacks: Partial<typeof running.rollbacks> = {}): RollbackSimulator {
  return new RollbackSimulator({ policy: { ...running, rollbacks: { ...running.rollbacks, ...rollbacks } } });
}

describe("an alert whose rollback was acknowledged by force", () => {
  it("does nothing more, whoever tells of it again and however severe, until it begins to fire anew", () => {
    const app = shop();
    const { rollback } = app.fires("CacheBroken", { startsAt: 0 });
    app.now += MINUTE;
    app.acknowledges(rollback, { force: true });
    expect(app.state.kept.get("CacheBroken:CacheBroken")).toMatchObject({ why: "acknowledged", startsAt: 0 });
    expect(app.fires("CacheBroken", { startsAt: 0, actor: "reconcile" }).reason).toBe("duplicate");
    app.fires("RouterBroken");
    expect(app.fires("CacheBroken", { startsAt: 0 }).reason).toBe("duplicate");
    expect([...app.state.alerts.keys()]).toEqual(["RouterBroken:RouterBroken"]);
    const [told] = explain(app.state, app.policy, app.now, "CacheBroken");
    expect(told?.detail).toMatch(/acknowledged by force: nothing would be turned down until it resolves/);
    app.now += MINUTE;
    expect(app.fires("CacheBroken").reason).toBe("absorbed");
    expect(app.state.kept.size).toBe(0);
  });

  it("is forgotten when it resolves, and nobody is told", () => {
    const app = shop();
    const { rollback } = app.fires("CacheBroken");
    app.acknowledges(rollback, { force: true });
    expect(app.resolves("CacheBroken")).toMatchObject({ reason: "resolved", messages: [] });
    expect(app.state.kept.size).toBe(0);
    expect(app.resolves("CacheBroken")).toMatchObject({ reason: "resolved", events: [] });
  });
});

describe("an alert that was kept back", () => {
  it("judges no rollback that is not its own, and keeps none open", () => {
    const app = new SuspectsShop();
    app.raise("cache");
    app.wait(48 * HOUR);
    expect(app.fires("CheckoutBroken").reason).toBe("held");
    app.rollsBack("flag", { flags: ["cache"] });
    expect(app.state.alerts.size).toBe(0);
    app.looksOn("good");
    expect(app.state.rollback).toBeNull();
    expect(app.resolves("CheckoutBroken").messages).toMatchObject([{ kind: "ended" }]);
  });

  it("lets nobody raise flags who does not know of it", () => {
    const app = shop({ stormBreaker: { rollbacks: 1, within: HOUR } });
    app.acknowledges(app.wholeRollback("ErrorRateSpike"));
    expect(app.fires("ErrorRateSpike").reason).toBe("storm_breaker");
    expect(app.deploy(PLAN)).toMatchObject({
      reason: "refused",
      detail: expect.stringMatching(/^ErrorRateSpike is firing, and nothing was turned down for it/),
    });
    expect(app.restore(new Map([["cache", on()]])).detail).toMatch(/ErrorRateSpike is firing/);
    expect(app.sets({ cache: on() }).detail).toMatch(/ErrorRateSpike is firing/);
    expect(app.restore(new Map([["cache", on()]]), { acknowledge: true }).reason).toBe("flag_changed");
    expect(app.deploy(PLAN, { acknowledge: true, reason: "the cause is found" }).reason).toBe("promoted");
  });

  it("is acted on when its time has come", () => {
    const app = shop({ stormBreaker: { rollbacks: 1, within: HOUR } });
    app.acknowledges(app.wholeRollback("ErrorRateSpike"));
    expect(app.fires("ErrorRateSpike").reason).toBe("storm_breaker");
    const startsAt = app.now;
    app.now += MINUTE;
    app.restore(new Map([["cache", on()]]), { acknowledge: true });
    // Whoever raised it knew of this alert: it takes it back when the time has come, or when it begins anew.
    expect(app.fires("ErrorRateSpike", { startsAt }).reason).toBe("storm_breaker");
    app.now += 2 * HOUR;
    expect(app.fires("ErrorRateSpike", { startsAt }).reason).toBe("rolled_back");
    expect(app.state.kept.size).toBe(0);
  });

  it("is counted only when many of its name are known", () => {
    const app = new SuspectsShop();
    for (let index = 0; index < 30; index++) app.fires("CheckoutBroken", { fingerprint: `${index}` });
    expect(app.state.kept.size).toBe(20);
    expect(app.fires("SearchBroken").messages).toHaveLength(1);
    app.deploy(PLAN, { acknowledge: true, reason: "the cause is elsewhere" });
    expect(app.fires("CheckoutBroken", { fingerprint: "late", startsAt: app.now - HOUR })).toMatchObject({
      reason: "held",
      messages: [],
      rollback: null,
    });
    expect(app.state).toMatchObject({ rollout: { pausedAt: app.now }, kept: expect.anything() });
  });

  it("is over when the last one that people were told of has resolved", () => {
    const app = new SuspectsShop();
    app.fires("CheckoutBroken", { fingerprint: "a" });
    const other = app.fires("CheckoutBroken", { fingerprint: "b" });
    expect(other.messages).toEqual([]);
    expect(app.resolves("CheckoutBroken", { fingerprint: "a" }).messages).toEqual([]);
    expect(app.resolves("CheckoutBroken", { fingerprint: "b" }).messages).toMatchObject([{ kind: "ended" }]);
  });

  it("acts when its policy names flags for it meanwhile", () => {
    const app = new SuspectsShop();
    const startsAt = app.now;
    expect(app.fires("CheckoutBroken", { startsAt }).reason).toBe("held");
    const triggers = new Map(app.policy.triggers);
    triggers.set("CheckoutBroken", { alert: "CheckoutBroken", tier: "flag", flags: ["old"], suspects: null });
    app.policy = { ...app.policy, triggers };
    expect(app.fires("CheckoutBroken", { startsAt }).reason).toBe("rolled_back");
  });

  it("blames a canary that only its targeting reaches, and what is below it", () => {
    const app = new SuspectsShop();
    const targeting = { users: new Set(["ada"]), regions: new Set<string>(), rules: [] };
    const flags = new Map(app.policy.flags);
    flags.set("parent", { ...(flags.get("parent") as FlagPolicy), targeting });
    app.policy = { ...app.policy, flags };
    app.restore(new Map([["parent", on(0)]]), { acknowledge: true });
    expect([...app.state.raised.keys()].sort()).toEqual(["child", "grandchild", "parent"]);
    app.wait(MINUTE);
    app.fires("CheckoutBroken");
    expect(app.state.rollback).toMatchObject({
      flags: ["grandchild"],
      suspects: [["child"], ["parent"]],
    });
  });

  it("blames nobody for a time that has not come", () => {
    const app = new SuspectsShop();
    app.raise("cache");
    app.wait(MINUTE);
    expect(app.fires("CheckoutBroken", { startsAt: app.now + 48 * HOUR }).reason).toBe("rolled_back");
  });

  it("is told to be over as such once a rollback waits for it", () => {
    const app = shop({ cooldown: HOUR });
    app.acknowledges(app.wholeRollback("CacheBroken"));
    expect(app.fires("CacheBroken").messages).toMatchObject([
      { kind: "cooldown", subject: "alert-CacheBroken" },
    ]);
    app.now += HOUR;
    expect(app.fires("CacheBroken").messages).toMatchObject([
      { kind: "rolled_back" },
      { kind: "ended", subject: "alert-CacheBroken", page: false },
    ]);
    app.acknowledges(app.open.id, { force: true });
    app.now += MINUTE;
    expect(app.fires("CacheBroken").reason).toBe("cooldown");
    app.fires("TestsFail");
    app.now += HOUR;
    expect(app.fires("CacheBroken")).toMatchObject({
      reason: "absorbed",
      messages: [{ kind: "ended", subject: "alert-CacheBroken" }],
    });
  });

  it("has a rollout wait during a cooldown, and explain says so", () => {
    const app = shop({ cooldown: HOUR });
    app.acknowledges(app.wholeRollback("CacheBroken"));
    expect(explain(app.state, app.policy, app.now, "CacheBroken")[0]?.detail).toMatch(
      /turned down; the on-call/,
    );
    app.deploy(PLAN, { acknowledge: true, reason: "mended" });
    const [told] = explain(app.state, app.policy, app.now, "CacheBroken");
    expect(told?.detail).toMatch(/cooldown for another .*; rollout ro-\S+ would be paused; .*paged$/);
    app.fires("CacheBroken");
    expect(app.fires("CacheBroken", { fingerprint: "another" }).events).toMatchObject([{ rollout: null }]);
    expect(explain(app.state, app.policy, app.now, "CacheBroken")[0]?.detail).toMatch(
      /nothing would be turned down$/,
    );
    expect(app.state.rollout?.pausedAt).toBe(app.now);
  });
});

it("a stage that a clock set back would keep from being looked at is looked at", () => {
  const app = shop();
  app.deploy(PLAN);
  const due = nextCheckOf(app.state, app.now);
  expect(due).toBeGreaterThan(app.now);
  expect(nextCheckOf(app.state, app.now - HOUR)).toBe(0);
});
