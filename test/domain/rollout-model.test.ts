import { it } from "@jest/globals";
import fc from "fast-check";
import { rolloutPolicy } from "../support/arbitraries-rollout.ts";
import { stepSequence } from "./rollout-steps.ts";
import { RolloutWalk } from "./rollout-walk.ts";

/** More of them by hand: `FC_RUNS=5000`. */
const numRuns = Number(process.env.FC_RUNS ?? 300);

it("whatever happens to a rollout under any policy is lawful, and there is a way out", () => {
  fc.assert(
    fc.property(rolloutPolicy, stepSequence, fc.boolean(), (policy, steps, byRetry) => {
      const walk = new RolloutWalk(policy);
      for (const step of steps) walk.step(step);
      walk.wayOut(byRetry);
      walk.world.replay();
    }),
    { numRuns },
  );
});
