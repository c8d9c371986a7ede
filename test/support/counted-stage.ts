import type { Gate, GateCriterion } from "../../src/domain/gate.ts";
import type { Stage } from "../../src/domain/plan.ts";
import type { Instant } from "../../src/domain/time.ts";
import type { Part, Requests } from "./counted.ts";
import { planOf } from "./policies.ts";
import { HOUR, shop } from "./policies-rollout.ts";
import { RolloutSimulator } from "./rollout-simulator.ts";

export const START = 1_790_000_000_000;

/** A rollout of six stages, as plan `safe` has them, each as given: two hours at 5 %, checked once an hour. */
export class CountedStages extends RolloutSimulator {
  constructor() {
    super({ policy: shop, now: START });
  }

  begin(criteria: readonly GateCriterion[], stage: Partial<Stage> = {}, gate: Partial<Gate> = {}): void {
    const standard: Gate = { name: "standard", criteria, holdFor: 2 * HOUR, ...gate };
    this.policy = { ...shop, gates: new Map([["standard", standard]]) };
    const one = { traffic: 5, bake: 2 * HOUR, checkEvery: HOUR, ...stage };
    this.deploy(
      planOf(
        "slow",
        Array.from({ length: 6 }, () => one),
      ),
    );
  }

  /** Of the first criterion, as the last event tells of it. */
  get words(): string {
    return this.ledger.at(-1)?.gate[0]?.counted?.words ?? "";
  }
}

/** So many of each thousand fail, as evenly as whole requests can. */
export function evenly(total: number, perMille: number): (at: Instant) => Part {
  let owed = 0;
  return () => {
    owed += (total * perMille) / 1_000;
    const bad = Math.floor(owed);
    owed -= bad;
    return { total, bad };
  };
}

/** By metric and moment always the same, however often it is asked. */
export function remembered(requests: (at: Instant) => Requests): (metric: string, at: Instant) => Requests {
  const known = new Map<string, Requests>();
  return (metric, at) => {
    const key = `${metric} ${at}`;
    const found = known.get(key) ?? requests(at);
    known.set(key, found);
    return found;
  };
}

/** A day before the rollout in which so many of each thousand failed. */
export function dayOf(perMille: number) {
  const bad = 1_000 * perMille;
  return { blocks: [], day: { total: 1_000_000, bad, elevated: bad } };
}
