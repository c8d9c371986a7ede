import { expect, test } from "@jest/globals";
import { MISTAKES, mistakes, mostMistakes } from "./alpha.ts";
import { seeded } from "./chance.ts";

const RUNS = 20_000;

const cases = Object.keys(MISTAKES).flatMap((name) => [5, 50, 500].map((total) => [name, total] as const));

test.each(cases)("in 240 blocks it is seldom %s, with %d requests each", (name, total) => {
  const made = mistakes(name, RUNS, { blocks: 240, total }, seeded(total));
  process.stderr.write(`${name}, ${total} a block: ${((100 * made) / RUNS).toFixed(2)} %\n`);
  expect(made).toBeLessThanOrEqual(mostMistakes(RUNS, 0.05));
});
