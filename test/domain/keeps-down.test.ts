import { describe, expect, test } from "@jest/globals";
import type { FlagState } from "../../src/domain/flag.ts";
import { changed, keepsDown } from "../../src/domain/keeps-down.ts";
import type { Rollback } from "../../src/domain/rollback.ts";
import type { Rollout } from "../../src/domain/rollout.ts";
import type { StateChange } from "../../src/domain/state.ts";

type Held = Parameters<typeof keepsDown>[0];

const flag = (rolloutPercentage: number, more: Partial<FlagState> = {}): FlagState => ({
  enabled: true,
  rolloutPercentage,
  updatedAt: 1,
  updatedBy: "somebody",
  quarantinedBy: null,
  ...more,
});
const rollback = { id: "r1" } as Rollback;
const rollout = (id: string, more: Partial<Rollout> = {}): Rollout =>
  ({ id, outcome: null, pausedAt: null, hold: null, blind: null, ...more }) as Rollout;
const held = (more: Partial<Held> = {}): Held => ({
  flags: new Map(),
  rollback: null,
  rollout: null,
  ...more,
});
const with_ = (state: FlagState): Held => held({ flags: new Map([["a", state]]) });

const OFF = { enabled: false };
const HELD = { quarantinedBy: "r1" };

describe("another history keeps down what was turned down in the known one", () => {
  test.each<[string, Held, Held, boolean]>([
    ["nothing is known", held(), with_(flag(50)), true],
    ["a flag that stands as it stood", with_(flag(50)), with_(flag(50)), true],
    ["a flag that is lower", with_(flag(50)), with_(flag(10)), true],
    ["a flag that is higher", with_(flag(50)), with_(flag(60)), false],
    ["a flag that is off there", with_(flag(0)), with_(flag(60, OFF)), true],
    ["a flag that was off and is on", with_(flag(60, OFF)), with_(flag(0)), false],
    ["a flag that is at its default there", with_(flag(50)), held(), false],
    ["a flag that waits for nobody there", with_(flag(0, HELD)), with_(flag(0)), false],
    ["a flag that waits in both", with_(flag(0, HELD)), with_(flag(0, { quarantinedBy: "r2" })), true],
    ["a rollback that is not known there", held({ rollback }), held(), false],
    ["a rollback that is open in both", held({ rollback }), held({ rollback }), true],
    ["a rollback of which only they know", held(), held({ rollback }), true],
    ["a rollout that moves in both", held({ rollout: rollout("1") }), held({ rollout: rollout("1") }), true],
    ["a rollout that moves there only", held(), held({ rollout: rollout("1") }), false],
    ["another rollout", held({ rollout: rollout("2") }), held({ rollout: rollout("1") }), false],
    [
      "a rollout that was ended",
      held({ rollout: rollout("1", { outcome: "rolled_back" as Rollout["outcome"] }) }),
      held({ rollout: rollout("1") }),
      false,
    ],
    ["a rollout that is paused there", held(), held({ rollout: rollout("1", { pausedAt: 1 }) }), true],
  ])("%s", (_, known, found, kept) => {
    expect(keepsDown(known, found, () => false)).toBe(kept);
  });

  test.each<[string, FlagState, FlagState, boolean]>([
    ["on, and off there", flag(100), flag(0, OFF), false],
    ["on in both", flag(100), flag(100), true],
    ["off, and on there", flag(0, OFF), flag(100), true],
    ["off in both", flag(0, OFF), flag(0, OFF), true],
  ])("a kill switch keeps down what is behind it while it is on: %s", (_, known, found, kept) => {
    expect(keepsDown(with_(known), with_(found), (key) => key === "a")).toBe(kept);
  });

  test("with what is changed there", () => {
    const known = held({ flags: new Map([["a", flag(0, HELD)]]), rollback });
    const found = held({ flags: new Map([["a", flag(60)]]), rollout: rollout("1") });
    const changes: StateChange[] = [
      { kind: "flag", key: "a", value: flag(0, { quarantinedBy: "r2" }) },
      { kind: "rollback", value: rollback },
      { kind: "rollout", value: null },
    ];
    expect(keepsDown(known, changed(found, changes), () => false)).toBe(true);
    for (let gone = 0; gone < changes.length; gone++)
      expect(keepsDown(known, changed(found, changes.toSpliced(gone, 1)), () => false)).toBe(false);
  });
});
