import { describe, it } from "@jest/globals";
import fc from "fast-check";
import type { Policy } from "../../src/domain/policy.ts";
import { policy, type Step, sights, steps } from "../support/arbitraries-rollback.ts";
import { walks } from "../support/walks.ts";
import { RollbackWalk } from "./rollback-walk.ts";

const RUNS = walks(300);

function walked(policy: Policy, all: readonly Step[]): RollbackWalk {
  const walk = new RollbackWalk(policy);
  for (const one of all) walk.step(one);
  return walk;
}

/** Each decision on the way is held against the laws in `rollback-life-laws.ts` and what `RollbackWorld` follows. */
describe("the life of rollbacks, for any policy and whatever happens", () => {
  it("is lawful at every step, can be replayed, and heals once all is well", () => {
    fc.assert(
      fc.property(policy, steps, (policy, all) => {
        const walk = walked(policy, all);
        walk.world.replay();
        walk.heals();
        walk.world.reload();
      }),
      RUNS,
    );
  });

  it("comes to a verdict in bounded time, whatever is seen", () => {
    fc.assert(
      fc.property(policy, steps, sights, (policy, all, seen) => {
        walked(policy, all).isJudged(seen);
      }),
      RUNS,
    );
  });

  it("can always be closed by an operator, after whom it may be deployed", () => {
    fc.assert(
      fc.property(policy, steps, (policy, all) => {
        walked(policy, all).isClosed();
      }),
      RUNS,
    );
  });
});
