import { describe, expect, it } from "@jest/globals";
import { addUp, MAX_KINDS, type Unchanged } from "../../src/domain/unchanged.ts";
import { RollbackSimulator, running } from "../support/rollback-simulator.ts";

function one(more: Partial<Unchanged> = {}): Unchanged {
  return {
    alert: "Slow",
    reason: "duplicate",
    tier: "phase",
    rollback: "rb-1",
    times: 1,
    firstAt: 10,
    lastAt: 10,
    ...more,
  };
}

describe("decisions that changed nothing", () => {
  it("are counted by what they were", () => {
    const known = [one({ times: 2, lastAt: 20 })];
    expect(
      addUp(known, [
        one({ firstAt: 5, lastAt: 30 }),
        one({ reason: "cooldown", rollback: null }),
        one({ rollback: "rb-2" }),
        one({ alert: "Down" }),
        one(),
      ]),
    ).toEqual([
      one({ times: 4, firstAt: 5, lastAt: 30 }),
      one({ reason: "cooldown", rollback: null }),
      one({ rollback: "rb-2" }),
      one({ alert: "Down" }),
    ]);
    expect(known).toEqual([one({ times: 2, lastAt: 20 })]);
  });

  it("are counted together when their names are too many", () => {
    const many = Array.from({ length: MAX_KINDS + 50 }, (_, index) => one({ alert: `a${index}` }));
    const added = addUp([], many);
    expect(added).toHaveLength(MAX_KINDS + 1);
    expect(added.at(-1)).toEqual(one({ alert: "others", tier: null, rollback: null, times: 50 }));
    expect(addUp(added, [one({ alert: "a0" }), one({ alert: "new" })]).map(({ times }) => times)).toEqual([
      2,
      ...Array.from({ length: MAX_KINDS - 1 }, () => 1),
      51,
    ]);
  });

  it("go into the ledger with the next event, once, and make none themselves", () => {
    const shop = new RollbackSimulator({ policy: running });
    shop.fires("TestsFail");
    const { revision } = shop.state;
    expect(shop.take({ type: "tally", unchanged: [one()] })).toMatchObject({ reason: null, events: [] });
    shop.take({ type: "tally", unchanged: [one(), one({ reason: "no_trigger" })] });
    expect(shop.state).toMatchObject({
      revision,
      unchanged: [one({ times: 2 }), one({ reason: "no_trigger" })],
    });
    shop.looksOn("bad");
    expect(shop.ledger.slice(revision).map(({ reason, unchanged }) => [reason, unchanged])).toEqual([
      ["verification_failed", [one({ times: 2 }), one({ reason: "no_trigger" })]],
      ["escalated", []],
    ]);
    expect(shop.state.unchanged).toEqual([]);
  });
});
