import { quantileOf } from "./figures.ts";
import { judgeRollout, type Outcome, withTrigger } from "./judge-rollout.ts";
import type { Judge } from "./judging.ts";
import { RED } from "./labels.ts";
import { SAFE, stageOf } from "./plans.ts";
import { Random } from "./random.ts";
import type { Rollout } from "./rollout.ts";
import { Trigger } from "./triggers.ts";
import { World } from "./world.ts";

/** A fault that the issue names, played many times. */
export interface Case {
  readonly name: string;
  readonly traffic: number;
  readonly judged: Rollout["judged"];
  readonly rate: number;
  /** When it begins, of the first stage: a share of its bake from which on it may. */
  readonly from: readonly [number, number];
}

export interface CaseFigures extends Case {
  readonly runs: number;
  readonly judges: readonly {
    readonly judge: string;
    readonly found: number;
    /** Minutes. */
    readonly median: number | null;
    readonly p95: number | null;
    readonly most: number | null;
  }[];
}

export const CASES: readonly Case[] = [
  {
    name: "a canary fails 5 % of its own requests",
    traffic: 3_000,
    judged: "treatment",
    rate: 0.05,
    from: [0, 0],
  },
  {
    name: "the same, from the last fifth of the stage on",
    traffic: 3_000,
    judged: "treatment",
    rate: 0.05,
    from: [0.8, 0.95],
  },
  { name: "the whole service fails", traffic: 10, judged: "service", rate: 1, from: [0, 0] },
  {
    name: "the whole service fails, from the last fifth on",
    traffic: 10,
    judged: "service",
    rate: 1,
    from: [0.8, 0.95],
  },
];

/** With generated triggers: `for: 1m`, the default. */
export const WITH_TRIGGERS = "Rollguard with triggers";

export function playCase(one: Case, judges: readonly Judge[], runs: number, seed: number): CaseFigures {
  const minutes = new Map<string, number[]>();
  const note = (name: string, { end, time, faultAt }: Outcome): void => {
    const known = minutes.get(name) ?? [];
    if (end === "rolled back" && faultAt !== null) known.push((time - faultAt) / 60);
    minutes.set(name, known);
  };
  for (let index = 0; index < runs; index++) {
    const world = new World(rolloutOf(one, index, seed));
    for (const judge of judges) {
      const trigger = judge.name === "Rollguard" ? new Trigger(RED, [60]) : null;
      const outcome = judgeRollout(world, judge, trigger === null ? [] : [trigger]);
      note(judge.name, outcome);
      if (trigger !== null) note(WITH_TRIGGERS, withTrigger(outcome, trigger.firstFiring[0] ?? -1));
    }
  }
  const figures = [...minutes].map(([judge, times]) => {
    const sorted = times.sort((a, b) => a - b);
    const [median, p95] = [quantileOf(sorted, 0.5), quantileOf(sorted, 0.95)];
    return { judge, found: sorted.length, median, p95, most: sorted.at(-1) ?? null };
  });
  return { ...one, runs, judges: figures };
}

function rolloutOf(
  { traffic, judged, rate, from: [least, most] }: Case,
  index: number,
  seed: number,
): Rollout {
  const random = new Random(seed, index + 9_000_000);
  const { bake } = stageOf(SAFE, 0);
  return {
    id: 3_000_000 + index + Math.round(least * 10) * 100_000 + traffic * 10,
    seed,
    class: "step",
    traffic,
    plan: SAFE,
    judged,
    base: 0.0005,
    fault: { stage: 0, from: Math.floor((random.between(least, most) * bake) / 60) * 60, rate, ramp: 0 },
    blips: [],
    scatter: 0,
    tries: 1,
    diurnal: false,
    sparse: false,
    lag: 0,
    users: [],
    pods: 1,
    label: "bad",
  };
}
