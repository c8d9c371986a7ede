import { describe, expect, it } from "@jest/globals";
import { MINUTE } from "../support/policies-rollout.ts";
import { HOUR, SuspectsShop as Shop } from "../support/suspects-shop.ts";

describe("an alert that looks for suspects", () => {
  it("turns off the flag that was raised last before it began, and leaves the others", () => {
    const shop = new Shop().raise("cache");
    shop.wait(HOUR);
    shop.raise("router");
    shop.wait(10 * MINUTE);
    const decision = shop.fires("CheckoutBroken");
    expect(decision).toMatchObject({
      reason: "rolled_back",
      tier: "flag",
      detail:
        "CheckoutBroken is firing; blamed on router (raised 10m before it began, by alice); where that does not help: cache",
    });
    expect(shop.off).toEqual(["router"]);
    expect(shop.state.rollback).toMatchObject({ flags: ["router"], suspects: [["cache"]] });
  });

  it("tells of a flag that was raised within the same second", () => {
    const detail = new Shop().raise("cache").fires("CheckoutBroken").detail;
    expect(detail).toBe("CheckoutBroken is firing; blamed on cache (raised just before it began, by alice)");
  });

  it("turns off a child before its parent", () => {
    const shop = new Shop().raise("parent");
    shop.wait(10 * MINUTE);
    shop.fires("CheckoutBroken");
    expect(shop.off).toEqual(["grandchild"]);
    expect(shop.looksOn("bad").reason).toBe("verification_failed");
    expect(shop.off.sort()).toEqual(["child", "grandchild"]);
    shop.looksOn("bad");
    expect(shop.off.sort()).toEqual(["child", "grandchild", "parent"]);
  });

  it("goes on with the next suspect when it did not help, and with the next tier after the last one", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(10 * MINUTE);
    shop.fires("CheckoutBroken");
    const second = shop.looksOn("bad");
    expect(second.events.map(({ reason, detail }) => [reason, detail])).toEqual([
      ["verification_failed", expect.stringContaining("flag did not help")],
      ["escalated", "turning off router did not help: cache next"],
    ]);
    expect(shop.state.rollback).toMatchObject({ tier: "flag", flags: ["router", "cache"], suspects: [] });
    expect(shop.off.sort()).toEqual(["cache", "router"]);
    shop.looksOn("bad");
    expect(shop.state.rollback).toMatchObject({ tier: "safe-state" });
    expect(shop.looksOn("good").reason).toBe("verified");
  });

  it("stops when it helped: the other suspects stay on", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(10 * MINUTE);
    shop.fires("CheckoutBroken");
    expect(shop.looksOn("good").reason).toBe("verified");
    shop.resolves("CheckoutBroken");
    expect(shop.state.rollback).toBeNull();
    expect(shop.off).toEqual(["router"]);
  });

  it("turns off several at once where the policy says so", () => {
    const shop = new Shop({ atOnce: 2 }).raise("old", "cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.raise("parent");
    shop.wait(10 * MINUTE);
    shop.fires("CheckoutBroken");
    expect(shop.state.rollback).toMatchObject({
      flags: ["grandchild", "child"],
      suspects: [["parent", "router"], ["cache"]],
    });
  });

  it("leaves out a suspect that is off by now when its turn comes", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.raise("parent");
    shop.wait(10 * MINUTE);
    shop.fires("CheckoutBroken");
    const said = { actor: "bob", reason: "to be sure", expected: null, phase: null, shutdown: false };
    shop.take({ type: "rollback", ...said, tier: "flag", flags: ["router", "parent"] });
    shop.looksOn("bad");
    expect(shop.state.rollback).toMatchObject({ tier: "flag", suspects: [] });
    expect(shop.off.sort()).toEqual(["cache", "child", "grandchild", "parent", "router"]);
  });

  it("leaves out a suspect that the policy does not have any more", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.fires("CheckoutBroken");
    const flags = new Map(shop.policy.flags);
    flags.delete("cache");
    shop.policy = { ...shop.policy, flags };
    shop.looksOn("bad");
    expect(shop.state.rollback?.tier).toBe("safe-state");
  });

  it("does not suspect what was raised too long ago, or after it began, or is off again", () => {
    const shop = new Shop().raise("cache");
    shop.wait(25 * HOUR);
    shop.raise("parent");
    shop.wait(MINUTE);
    const began = shop.now;
    shop.wait(MINUTE);
    shop.raise("router");
    shop.fires("CheckoutBroken", { startsAt: began });
    expect(shop.state.rollback).toMatchObject({
      flags: ["grandchild"],
      suspects: [["child"], ["parent"]],
    });
  });

  it("never suspects what a rollback does not touch", () => {
    const shop = new Shop().raise("read_only");
    shop.wait(MINUTE);
    expect(shop.fires("CheckoutBroken").reason).toBe("held");
  });

  it("suspects last what was raised when the expression was true already", () => {
    const shop = new Shop({ pending: 5 * MINUTE }).raise("cache");
    shop.wait(10 * MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.fires("CheckoutBroken");
    expect(shop.state.rollback).toMatchObject({ flags: ["cache"], suspects: [["router"]] });
  });

  it("acts once", () => {
    const shop = new Shop().raise("cache", "router");
    shop.wait(MINUTE);
    const startsAt = shop.now;
    shop.fires("CheckoutBroken", { startsAt });
    expect(shop.fires("CheckoutBroken", { startsAt }).reason).toBe("duplicate");
    expect(shop.off).toHaveLength(1);
  });

  it("joins an open rollback of one flag, and its suspects come behind those of the first", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.raise("router");
    shop.wait(MINUTE);
    shop.fires("CheckoutBroken");
    shop.wait(MINUTE);
    expect(shop.fires("SearchBroken").reason).toBe("absorbed");
    expect(shop.state.rollback).toMatchObject({ flags: ["router"], suspects: [["cache"]] });
    expect(shop.off).toEqual(["router"]);

    const other = new Shop().raise("cache");
    other.wait(MINUTE);
    other.fires("OldBroken");
    expect(other.fires("CheckoutBroken").reason).toBe("absorbed");
    expect(other.state.rollback).toMatchObject({ flags: ["old"], suspects: [["cache"]] });
    other.looksOn("bad");
    expect(other.off.sort()).toEqual(["cache", "old"]);
  });

  it("has its suspects forgotten by a more severe alert", () => {
    const shop = new Shop().raise("cache", "router");
    shop.wait(MINUTE);
    shop.fires("CheckoutBroken");
    shop.fires("ServiceDown");
    shop.looksOn("bad");
    expect(shop.rollbackStatus).toBe("failed");
  });

  it("is verified anew with its suspects when the first rollback was verified already", () => {
    const shop = new Shop().raise("cache");
    shop.wait(MINUTE);
    shop.fires("OldBroken");
    shop.looksOn("good");
    shop.fires("CheckoutBroken");
    expect(shop.state.rollback).toMatchObject({ status: "verifying", suspects: [["cache"]] });
  });
});
