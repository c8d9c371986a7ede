import { describe, expect, it } from "@jest/globals";
import { HOUR, SuspectsShop as Shop } from "../support/suspects-shop.ts";

describe("a flag that is raised", () => {
  it("is noted with its time and who did it", () => {
    const shop = new Shop().raise("cache");
    expect([...shop.state.raised]).toEqual([["cache", { at: shop.now, by: "alice" }]]);
  });

  it("raises with it what is below it", () => {
    const shop = new Shop().raise("parent");
    expect([...shop.state.raised.keys()].sort()).toEqual(["child", "grandchild", "parent"]);
  });

  it("is not noted while its parent is off: nobody meets it", () => {
    const shop = new Shop();
    const settings = new Map([["child", { enabled: true, rolloutPercentage: 50 }]]);
    shop.take({
      type: "restore",
      actor: "alice",
      reason: "less",
      expected: null,
      acknowledge: false,
      settings,
    });
    shop.raise("child");
    expect(shop.state.raised.size).toBe(0);
  });

  it("is not noted when it is turned down", () => {
    const shop = new Shop();
    shop.fires("OldBroken");
    expect(shop.off).toEqual(["old"]);
    expect(shop.state.raised.size).toBe(0);
  });

  it("is noted when the kill switch goes off, and everything comes back", () => {
    const shop = new Shop().raise("cache");
    const said = { actor: "alice", reason: "test", expected: null };
    shop.take({ type: "shutdown", ...said, on: true });
    expect(shop.state.raised.size).toBe(1);
    shop.wait(HOUR);
    shop.take({ type: "shutdown", ...said, on: false });
    expect(shop.state.raised.get("cache")).toEqual({ at: shop.now, by: "alice" });
    expect(shop.state.raised.get("old")).toEqual({ at: shop.now, by: "alice" });
    expect(shop.state.raised.has("router")).toBe(false);
  });
});
