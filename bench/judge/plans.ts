/** One stage of a rollout in the corpus: the share of users who have the change, and how long that is judged. */
export interface CorpusStage {
  /** 0 to 1. */
  readonly share: number;
  /** Seconds. */
  readonly bake: number;
}

export type CorpusPlan = readonly CorpusStage[];

const HOUR = 3_600;

/** Genesis' plan `safe`: a hundred hours of bake. */
export const SAFE: CorpusPlan = [
  { share: 0.05, bake: 8 * HOUR },
  { share: 0.1, bake: 12 * HOUR },
  { share: 0.25, bake: 16 * HOUR },
  { share: 0.5, bake: 20 * HOUR },
  { share: 0.75, bake: 20 * HOUR },
  { share: 1, bake: 24 * HOUR },
];

/** For those who cannot wait for days. */
export const QUICK: CorpusPlan = [
  { share: 0.1, bake: HOUR },
  { share: 0.5, bake: HOUR },
  { share: 1, bake: 2 * HOUR },
];

/** Seconds that a stage bakes on after a yellow verdict: Genesis' six hours, or a quarter where stages are short. */
export function holdOf(plan: CorpusPlan): number {
  return plan === SAFE ? 6 * HOUR : HOUR / 4;
}

export function bakeOf(plan: CorpusPlan): number {
  return plan.reduce((sum, { bake }) => sum + bake, 0);
}

export function stageOf(plan: CorpusPlan, index: number): CorpusStage {
  const stage = plan[index];
  if (stage === undefined) throw new Error(`the plan has no stage ${index}`);
  return stage;
}
