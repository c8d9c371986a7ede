import { describe, expect, it } from "@jest/globals";
import type { Counted } from "../../../src/domain/gate.ts";
import { sharesOf } from "../../../src/domain/judging/shares.ts";

const RATIO: Counted = {
  counts: { kind: "ratio", bad: "bad_total", total: "all_total" },
  judge: "sequential",
  minimum: 0,
  compare: null,
  yellow: "as-before",
};

describe("the shares that a criterion's bounds mean", () => {
  it("are its percents", () => {
    const bounds = { green: { comparison: "<", value: 0.1 }, red: { comparison: ">", value: 1 } } as const;
    expect(sharesOf({ counted: RATIO, ...bounds })).toEqual({ green: 0.001, red: 0.01, margin: null });
  });
});
