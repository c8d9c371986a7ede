import { describe, expect, it } from "@jest/globals";
import { MINUTE } from "../support/policies-rollout.ts";
import { HOUR, PLAN, SuspectsShop as Shop } from "../support/suspects-shop.ts";

describe("an alert that no change has caused", () => {
  it("calls people once, turns nothing down, and is over when it resolves", () => {
    const shop = new Shop();
    const first = shop.fires("CheckoutBroken");
    expect(first).toMatchObject({
      reason: "held",
      tier: "flag",
      rollback: null,
      detail:
        "CheckoutBroken is not caused by a change: nothing that is on was raised in the 1d before it began; nothing is turned down",
    });
    expect(first.messages).toMatchObject([
      { kind: "unrelated", subject: "alert-CheckoutBroken", page: true, alert: "CheckoutBroken" },
    ]);
    expect(shop.fires("CheckoutBroken").reason).toBe("duplicate");
    const second = shop.fires("CheckoutBroken", { fingerprint: "other" });
    expect(second).toMatchObject({ reason: "held", messages: [] });
    expect(shop.state.kept.size).toBe(2);
    expect(shop.state.alerts.size).toBe(0);
    expect(shop.resolves("CheckoutBroken").messages).toEqual([]);
    expect(shop.resolves("CheckoutBroken", { fingerprint: "other" }).messages).toMatchObject([
      { kind: "ended", subject: "alert-CheckoutBroken", page: false },
    ]);
    expect(shop.state.kept.size).toBe(0);
    expect(shop.fires("CheckoutBroken").reason).toBe("held");
  });

  it("acts, though people were called, when its policy was edited to blame nobody any more", () => {
    const shop = new Shop();
    const startsAt = shop.now;
    expect(shop.fires("CheckoutBroken", { startsAt }).reason).toBe("held");
    const trigger = { alert: "CheckoutBroken", tier: "safe-state", flags: [], suspects: null } as const;
    shop.policy = { ...shop.policy, triggers: new Map([["CheckoutBroken", trigger]]) };
    expect(shop.fires("CheckoutBroken", { startsAt })).toMatchObject({
      reason: "rolled_back",
      tier: "safe-state",
    });
    expect(shop.state.kept.size).toBe(0);
  });

  it("says so of what was firing before the last change", () => {
    const shop = new Shop();
    const startsAt = shop.now;
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.raise("cache");
    expect(shop.fires("CheckoutBroken", { startsAt }).detail).toBe(
      "CheckoutBroken is not caused by a change: nothing that is on was raised in the 1d before it began (cache was raised only after that, by alice); nothing is turned down",
    );
    expect(shop.off).toEqual([]);
  });

  it("has a rollout wait for a person", () => {
    const shop = new Shop();
    shop.deploy(PLAN);
    shop.fires("CheckoutBroken", { startsAt: shop.now - HOUR });
    expect(shop.state.rollout).toMatchObject({
      pausedAt: shop.now,
      lastDecision: { reason: "held", actor: "alertmanager" },
    });
  });

  it("is no business of a rollback that another alert begins, nor of one that is open already", () => {
    const shop = new Shop();
    shop.fires("CheckoutBroken");
    shop.fires("OldBroken");
    expect(shop.fires("SearchBroken")).toMatchObject({ reason: "held", rollback: null });
    expect(shop.fires("CheckoutBroken").reason).toBe("duplicate");
    expect([...shop.state.alerts.keys()]).toEqual(["OldBroken:OldBroken"]);
    shop.resolves("OldBroken");
    expect(shop.looksOn("good").reason).toBe("verified");
    expect(shop.state.rollback).toBeNull();
    expect(shop.state.kept.size).toBe(2);
  });

  it("is another one when it begins to fire anew, though nobody heard of its end", () => {
    const shop = new Shop();
    shop.fires("CheckoutBroken");
    shop.wait(HOUR);
    expect(shop.fires("CheckoutBroken")).toMatchObject({ reason: "held", messages: [{ page: true }] });
    shop.raise("cache");
    shop.wait(MINUTE);
    expect(shop.fires("CheckoutBroken").reason).toBe("rolled_back");
    expect(shop.state.kept.size).toBe(0);
  });

  it("goes on with the next tier where the policy says to act", () => {
    const shop = new Shop({ withoutSuspect: "act" });
    const decision = shop.fires("CheckoutBroken");
    expect(decision).toMatchObject({
      reason: "rolled_back",
      tier: "safe-state",
      detail: expect.stringMatching(/^CheckoutBroken is not caused by a change: .*; safe-state instead$/),
    });
    expect(shop.off).toEqual(["traffic"]);
    expect(shop.resolves("CheckoutBroken").reason).toBe("resolved");
  });

  it("is counted only when too many are known already", () => {
    const shop = new Shop();
    for (let index = 0; index < 10_000; index += 1) shop.fires("CheckoutBroken", { fingerprint: `${index}` });
    const { revision } = shop.state;
    expect(shop.fires("CheckoutBroken", { fingerprint: "one more" })).toMatchObject({
      reason: "held",
      changes: [],
    });
    expect(shop.state.revision).toBe(revision);
  });
});

describe("explaining an alert that looks for suspects", () => {
  it("names whom it would blame", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    expect(shop.explains()?.detail).toBe(
      "a rollback would begin: flag: CheckoutBroken is firing; blamed on cache (raised 1m before it began, by alice)",
    );
  });

  it("says that no change would be to blame", () => {
    const shop = new Shop();
    expect(shop.explains()).toMatchObject({
      reason: "held",
      detail: expect.stringMatching(/not caused by a change.*nothing is turned down; .*paged$/),
    });
    shop.fires("CheckoutBroken");
    shop.wait(MINUTE);
    expect(shop.explains()).toMatchObject({
      reason: "duplicate",
      detail:
        "it has been firing for 1m, is known, and is not caused by a change: people have been called, and nothing would be turned down",
    });
  });
});
