import type { Duration } from "../time.ts";
import { BLOCK, type Tally } from "./block.ts";

/**
 * Whether the share of bad requests is above a limit, asked after every block and right however often it is asked.
 *
 * It bets against "the share is at most the limit" with six alternatives, in each block of 30 s anew: what a bet has won is
 * evidence, and by Ville's inequality it exceeds 1/α with a probability of at most α when nothing is wrong. Before each
 * block a little fresh money is laid beside what was won or lost (Shiryaev and Roberts' way), so that a long good past does
 * not have to be outweighed first: a fault in the 20th hour is found as fast as one in the first.
 */
export interface RedState {
  /** The chance of a false red in 1.5 times the bake. A stage that is held longer lays as much again. */
  readonly alpha: number;
  /** What is laid before each block. */
  readonly stake: number;
  /** What each alternative is worth now. */
  readonly evidence: readonly number[];
}

/** How many times the odds of the limit each alternative has: from twice the limit to nearly everything. */
const ALTERNATIVES: readonly number[] = [2, 4, 8, 25, 100, 900];

/** Half of the money is there at the start, the other half is laid in the course of so many bakes. */
const START = 0.5;
const LAID_WITHIN = 1.5;

/** More evidence than that is not kept: it must stay a number, and a healed service must be able to lose it. */
const MAX_EVIDENCE = 1e12;

/** @param alpha the chance of a false verdict of this one test, as `shareOfAlpha` splits it */
export function startRed({ alpha, bake }: { readonly alpha: number; readonly bake: Duration }): RedState {
  const blocks = Math.max(1, (LAID_WITHIN * bake) / BLOCK);
  return { alpha, stake: START / blocks, evidence: ALTERNATIVES.map(() => START) };
}

/**
 * One block more. It adds at most a quarter of what red needs, so that no single moment, a deploy or a restarting pod, can
 * be red; cutting what a bet wins never makes a false verdict likelier.
 * @param limit the share that is allowed, 0 … 1; where it is 0 or 1 nothing can be proven
 * @param dispersion how many requests usually fail together: counts are divided by it
 */
export function foldRed(
  state: RedState,
  { total, bad }: Pick<Tally, "total" | "bad">,
  limit: number,
  dispersion: number,
): RedState {
  if (total === 0 || !(limit > 0 && limit < 1)) return state;
  const most = Math.log((2 * ALTERNATIVES.length) / state.alpha) / 4;
  const evidence = state.evidence.map((worth, index) => {
    const won = logOdds(bad, total - bad, alternative(limit, index), limit) / dispersion;
    return Math.min(MAX_EVIDENCE, (worth + state.stake) * Math.exp(Math.min(most, won)));
  });
  return { ...state, evidence };
}

function alternative(limit: number, index: number): number {
  const odds = ((ALTERNATIVES[index] as number) * limit) / (1 - limit);
  return odds / (1 + odds);
}

/** ln of how much likelier the counts are at one share than at the other. */
export function logOdds(bad: number, good: number, share: number, than: number): number {
  return bad * Math.log(share / than) + good * (Math.log1p(-share) - Math.log1p(-than));
}

export function isRed(state: RedState): boolean {
  return worthOf(state) >= 1 / state.alpha;
}

/** Whether the counts speak for "above the limit" at all: more than what was laid at the start. */
export function leansRed(state: RedState): boolean {
  return worthOf(state) >= 1;
}

/** How much of the evidence that red needs is there, 0 … 1, in the logarithm: what a single request adds to. */
export function evidenceSoFar(state: RedState): number {
  return Math.min(1, Math.max(0, Math.log(worthOf(state)) / Math.log(1 / state.alpha)));
}

function worthOf({ evidence }: RedState): number {
  return evidence.reduce((sum, worth) => sum + worth, 0) / evidence.length;
}

/**
 * The chance of a false red is shared by what may be red by mistake: each criterion in each stage. Looks cost nothing.
 */
export function shareOfAlpha(alpha: number, criteria: number, stages: number): number {
  return alpha / Math.max(1, criteria * stages);
}
