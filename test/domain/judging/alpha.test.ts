import { expect, test } from "@jest/globals";
import { MISTAKES, mistakes, mostMistakes } from "./alpha.ts";
import { seeded } from "./chance.ts";

const RUNS = 200;

test("the bound is scipy's binom.isf(1e-6, 200, 0.05)", () => {
  expect(mostMistakes(RUNS, 0.05)).toBe(27);
});

/** `npm run test:slow -- alpha` does the same with 20,000 runs, at more traffics, for longer. */
test.each(Object.keys(MISTAKES))("looked at after every block, it is seldom %s", (name) => {
  expect(mistakes(name, RUNS, { blocks: 60, total: 60 }, seeded(41))).toBeLessThanOrEqual(
    mostMistakes(RUNS, 0.05),
  );
});
