import { beforeEach, describe, expect, it } from "@jest/globals";
import { explain } from "../../src/domain/explain.ts";
import { routeMessage } from "../../src/domain/notify/route-message.ts";
import { HOUR, MINUTE, on } from "../support/policies-rollout.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

const CORE = { alert: "CoreBroken", tier: "flag", flags: ["core"], suspects: null } as const;
const policy = { ...running, triggers: new Map([...running.triggers, ["CoreBroken", CORE] as const]) };
const MENDED = { acknowledge: true, reason: "mended" };

let app: RollbackSimulator;
beforeEach(() => {
  app = new RollbackSimulator({ policy, now: 1_790_000_000_000 });
});

/** Begins anew, is rolled back, verified, acknowledged, and raised again to so much. */
function raisedAgain(name: string, flag: string, to: number): void {
  app.acknowledges(app.wholeRollback(name));
  app.now += MINUTE;
  expect(app.sets({ [flag]: to }, MENDED).reason).toBe("flag_changed");
  app.now += MINUTE;
}

describe("rollbacks that turned nothing down", () => {
  beforeEach(() => {
    const first = app.wholeRollback("ErrorRateSpike");
    for (let flap = 0; flap < 3; flap++) app.wholeRollback("ErrorRateSpike");
    app.acknowledges(first);
  });

  it("are known as such", () => {
    expect(app.reasons.filter((reason) => reason.endsWith("rolled_back"))).toEqual([
      "rolled_back",
      ...Array<string>(3).fill("already_rolled_back"),
    ]);
    expect(app.state.past.map(({ withoutEffect }) => withoutEffect)).toEqual([undefined, true, true, true]);
  });

  it("do not keep the next real one at 30 % of traffic", () => {
    app.sets({ traffic: 30 }, MENDED);
    app.now += MINUTE;
    expect(app.fires("ErrorRateSpike")).toMatchObject({
      reason: "rolled_back",
      events: [{ traffic: { before: 30, after: 0 } }],
    });
  });

  it("do not block the first rollback of an unrelated flag", () => {
    expect(app.fires("CoreBroken")).toMatchObject({ reason: "rolled_back", events: [{ flags: [{}, {}] }] });
  });

  it("count once they have turned something down after all", () => {
    app.fires("CacheBroken");
    expect(app.open.withoutEffect).toBe(true);
    expect(app.fires("ServiceDown").events).toMatchObject([
      { reason: "escalated", flags: [{ flag: "core" }] },
    ]);
    expect(app.open).not.toHaveProperty("withoutEffect");
  });

  it("stay so when they become more severe and find nothing again", () => {
    app.wholeRollback("CoreBroken");
    app.fires("CacheBroken");
    const { withoutEffect, ...unknown } = app.open;
    expect(app.fires("ServiceDown").events).toMatchObject([{ reason: "escalated", flags: [] }]);
    expect([withoutEffect, app.open.withoutEffect]).toEqual([true, true]);
    // As it was written before this was noted: it counts.
    app.state.rollback = unknown;
    app.fires("ServiceDown", { fingerprint: "another" });
    expect(app.open).not.toHaveProperty("withoutEffect");
  });
});

describe("a rollback that turns nothing down", () => {
  const ways = ({ messages }: ReturnType<typeof app.fires>) =>
    messages.flatMap((message) =>
      routeMessage(
        message,
        { ...policy, notifications: { ...policy.notifications, routes } },
        new Set(["slack", "pagerduty", "email"]),
      ).map(({ channel }) => channel),
    );
  const to = { slack: true, slackChannel: null, pagerduty: "critical", email: "now", webhook: true } as const;
  const routes = [
    { on: "safe-state", ...to },
    { on: "emergency", ...to },
  ] as const;

  it("pages nobody anew, and is told where it disturbs nobody", () => {
    expect(ways(app.fires("ErrorRateSpike"))).toEqual(["slack", "pagerduty", "email"]);
    app.resolves("ErrorRateSpike");
    app.verify();
    const again = app.fires("ErrorRateSpike");
    expect(again).toMatchObject({ reason: "already_rolled_back", messages: [{ page: false, quiet: true }] });
    expect(ways(again)).toEqual(["slack"]);
  });

  it("pages who has heard of nothing: the first one, another trigger's, and after an hour", () => {
    app.rollsBack("emergency");
    app.verify();
    for (const name of ["ServiceDown", "ErrorRateSpike"]) {
      expect(ways(app.fires(name))).toEqual(["slack", "pagerduty", "email"]);
      app.resolves(name);
      app.verify();
    }
    expect(ways(app.fires("ServiceDown"))).toEqual(["slack"]);
    app.resolves("ServiceDown");
    app.verify();
    app.now += HOUR;
    expect(app.fires("ServiceDown")).toMatchObject({
      reason: "already_rolled_back",
      messages: [{ page: true }],
    });
  });

  it("pages when it is more severe than what people have heard of", () => {
    app.rollsBack("emergency");
    app.verify();
    app.wholeRollback("ErrorRateSpike");
    const triggers = new Map(policy.triggers);
    triggers.set("ErrorRateSpike", {
      alert: "ErrorRateSpike",
      tier: "emergency",
      flags: [],
      suspects: null,
    });
    app.policy = { ...policy, triggers };
    expect(ways(app.fires("ErrorRateSpike"))).toEqual(["slack", "pagerduty", "email"]);
  });

  it("calls people when it is seen that things are bad", () => {
    app.wholeRollback("ServiceDown");
    app.fires("ServiceDown");
    expect(app.looksOn("bad")).toMatchObject({ reason: "verification_failed", messages: [{ page: true }] });
  });
});

describe("what was raised after an acknowledgement", () => {
  it("is taken back however many rollbacks there were before", () => {
    for (const traffic of [60, 50, 40, 30]) raisedAgain("ErrorRateSpike", "traffic", traffic);
    expect(app.state.past.every(({ withoutEffect }) => withoutEffect === undefined)).toBe(true);
    expect(app.fires("ErrorRateSpike")).toMatchObject({
      reason: "rolled_back",
      events: [{ traffic: { before: 30, after: 0 } }],
    });
  });

  it("does not take along what nobody has raised: that is the breaker's still", () => {
    for (const traffic of [60, 50, 40]) raisedAgain("ErrorRateSpike", "traffic", traffic);
    expect(app.fires("CoreBroken").reason).toBe("storm_breaker");
    const [told] = explain(app.state, policy, app.now, "CoreBroken");
    expect(told?.detail).toMatch(/except what was raised since, or by an alert of a tier more severe/);
    expect(explain(app.state, policy, app.now, "ErrorRateSpike")[0]?.reason).toBe("rolled_back");
  });

  it("is what users meet more of, also below a flag that goes off", () => {
    for (const router of [50, 40, 30]) raisedAgain("RouterBroken", "router", router);
    app.sets({ child: false });
    app.sets({ child: true });
    expect(app.fires("CoreBroken")).toMatchObject({ reason: "rolled_back", events: [{ flags: [{}, {}] }] });
  });

  it("is no more what has gone from the policy", () => {
    for (const cache of [50, 40, 30]) raisedAgain("CacheBroken", "cache", cache);
    app.policy = { ...policy, flags: new Map([...policy.flags].filter(([key]) => key !== "cache")) };
    expect(app.fires("CacheBroken").reason).toBe("storm_breaker");
  });

  it("is taken back in a cooldown too, but for an alert that its operator knew of", () => {
    app.policy = { ...policy, rollbacks: { ...policy.rollbacks, cooldown: 30 * MINUTE } };
    raisedAgain("TestsFail", "cache", 100);
    expect(app.wholeRollback("TestsFail")).toBe(app.state.past[1]?.id);
    expect(app.fires("TestsFail").reason).toBe("cooldown");
    const startsAt = app.now;
    app.now += MINUTE;
    app.restore(new Map([["cache", on()]]), { acknowledge: true });
    expect(app.fires("TestsFail", { startsAt }).reason).toBe("cooldown");
    app.now += MINUTE;
    expect(app.fires("TestsFail").reason).toBe("rolled_back");
  });
});
