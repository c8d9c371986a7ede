import fc from "fast-check";
import type { Bound, GateCriterion, Sustained } from "../../src/domain/gate.ts";
import { criterionOf } from "./policies.ts";

const sustained: fc.Arbitrary<Sustained> = fc.constantFrom(
  "whole-bake" as const,
  "whole-bake" as const,
  "average" as const,
  { checksInARow: 2 },
  { checksInARow: 3 },
);

/** A pair of bounds that do not overlap, as the loader sees to it; with or without yellow between them, or red. */
export const criterion: fc.Arbitrary<GateCriterion> = fc
  .record({
    green: fc.constantFrom<Bound["comparison"]>("<", "<=", ">", ">=", "=="),
    strict: fc.boolean(),
    at: fc.integer({ min: 0, max: 5 }),
    between: fc.constantFrom(0, 1, 4),
    upwards: fc.boolean(),
    hasRed: fc.constantFrom(true, true, true, false),
    sustained,
  })
  .map(({ green, strict, at, between, upwards, hasRed, sustained }) => {
    const up = green === "==" ? upwards : green.startsWith("<");
    // At one and the same value only one of two bounds may include it.
    const open = strict || (between === 0 && green.length === 2);
    const red = `${up ? ">" : "<"}${open ? "" : "="} ${up ? at + between : at - between}`;
    return criterionOf("m", `${green} ${at}`, hasRed ? red : null, sustained);
  });
