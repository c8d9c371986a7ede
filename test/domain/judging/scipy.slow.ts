import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { logCdf, logSf } from "../../../src/domain/judging/beta.ts";
import { pythonPackages } from "../../support/python-packages.ts";
import { seeded } from "./chance.ts";

const FOLDER = "test/domain/judging/python";

/** What is asked after so many requests of which so many were bad, with either prior, near and far from what was seen. */
function inputs(count: number): (readonly [x: number, a: number, b: number])[] {
  const chance = seeded(13);
  return Array.from({ length: count }, () => {
    const total = Math.floor(10 ** (6 * chance.next()));
    const share = 10 ** (-4 + 3.9 * chance.next());
    const bad = chance.binomial(total, share);
    const limit = Math.min(0.999, share * 10 ** (2 * chance.next() - 1));
    return [limit, 0.5 + bad, (chance.next() < 0.5 ? 0.5 : 0.5 / limit) + total - bad];
  });
}

test("both tails of 1,000 beta distributions are what scipy says, to 1e-9", async () => {
  const asked = inputs(1_000);
  const { stdout, stderr } = spawnSync("python3", [`${FOLDER}/beta.py`], {
    env: { ...process.env, PYTHONPATH: await pythonPackages(`${FOLDER}/scipy-1.17.1.txt`) },
    // Where scipy's own tail is smaller than the smallest number it says so, which JSON cannot hold.
    input: JSON.stringify(asked),
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  const theirs: [number, number][] = JSON.parse(stdout.replaceAll("-Infinity", "null"));
  let compared = 0;
  for (const [index, [x, a, b]] of asked.entries()) {
    for (const [tail, ours] of [logCdf(x, a, b), logSf(x, a, b)].entries()) {
      const reference = theirs[index]?.[tail] ?? -1_000;
      // Below e^-700 scipy takes the logarithm of a number with few digits left.
      if (reference < -700) expect(ours).toBeLessThan(-690);
      else {
        expect(Math.abs(ours - reference) / Math.max(1, Math.abs(reference))).toBeLessThan(1e-9);
        compared += 1;
      }
    }
  }
  expect(compared).toBeGreaterThan(1_200);
});
