import type { CountBlock } from "../counts.ts";
import type { Duration, Instant } from "../time.ts";
import { NONE, plus, since, type Tally, tallyOf } from "./block.ts";
import { foldRed, isRed, logOdds, type RedState, startRed } from "./red.ts";

/** The chance of a false verdict, of each of the three. */
const ALPHA = 0.05;

/**
 * Flags are polled, and nobody knows when the last client has them: what followed the rollback is counted from each of these
 * moments after it, and each has a fifth of the say. More of them would find a lull in any incident.
 */
const STARTS: readonly Duration[] = [30_000, 60_000, 90_000, 120_000, 150_000];

/** What is bet on when a share is to be proven below a limit: that it is so many times smaller. */
const SMALLER: readonly number[] = [100, 20, 8, 3];

/** What one block proves at most: a quarter of what each start and each of its bets needs alone. */
const MOST = Math.log((STARTS.length * SMALLER.length) / ALPHA) / 4;

/** Fresh evidence against it is laid within 1.5 times this: as long as anybody waits for a verdict. */
const WATCHED: Duration = 20 * 60_000;

/** What the share of bad requests is held against after a rollback. */
export interface AfterTerms {
  /** The share that is red, as `sharesOf` says it; where it is 0 or 1 nothing can be proven. */
  readonly limit: number;
  /** The share that was bad in the incident, as far as it is known. */
  readonly incident: number | null;
}

/** What was counted after a rollback. Plain data. */
export interface AfterState {
  readonly committedAt: Instant;
  readonly until: Instant;
  /** From the first start on. */
  readonly seen: Tally;
  /** What each bet of each start is worth: that the share is below the limit, and below half of the incident's. */
  readonly below: readonly number[];
  readonly belowHalf: readonly number[];
  readonly above: RedState;
}

/** `improved`: it is well below what it was, though perhaps not below the limit; that is no reason to take more away. */
export type AfterVerdict = "verified" | "improved" | "not_helped" | "not_enough";

export function startAfter(committedAt: Instant): AfterState {
  const bets = STARTS.flatMap(() => SMALLER.map(() => 1));
  return {
    committedAt,
    until: committedAt + Math.min(...STARTS),
    seen: NONE,
    below: bets,
    belowHalf: bets,
    above: startRed({ alpha: ALPHA, bake: WATCHED }),
  };
}

/** Blocks that were counted already, or that began before flags can have arrived, are left out. */
export function foldAfter(state: AfterState, blocks: readonly CountBlock[], terms: AfterTerms): AfterState {
  return since(blocks, state.until).reduce((folded, block) => foldBlock(folded, block, terms), state);
}

function foldBlock(state: AfterState, block: CountBlock, terms: AfterTerms): AfterState {
  const tally = tallyOf(block);
  const age = block.from - state.committedAt;
  return {
    ...state,
    until: Math.max(state.until, block.to),
    seen: plus(state.seen, tally),
    below: foldBets(state.below, tally, terms.limit, age),
    belowHalf: foldBets(state.belowHalf, tally, halfOf(terms), age),
    above: foldRed(state.above, tally, terms.limit, 1),
  };
}

/** What the share must be below to be an improvement; of an incident at less than twice the limit, the limit itself. */
function halfOf({ limit, incident }: AfterTerms): number {
  return Math.max(limit, (incident ?? 0) / 2);
}

function foldBets(
  bets: readonly number[],
  { total, bad }: Tally,
  limit: number,
  age: Duration,
): readonly number[] {
  if (!(limit > 0 && limit < 1)) return bets;
  return bets.map((worth, index) => {
    if (age < (STARTS[Math.floor(index / SMALLER.length)] as number)) return worth;
    const share = limit / (SMALLER[index % SMALLER.length] as number);
    return Math.min(MAX_WORTH, worth * Math.exp(Math.min(MOST, logOdds(bad, total - bad, share, limit))));
  });
}

/** It must stay a number. */
const MAX_WORTH = 1e12;

export function judgeAfter(state: AfterState): AfterVerdict {
  if (worthOf(state.below) >= 1 / ALPHA) return "verified";
  if (worthOf(state.belowHalf) >= 1 / ALPHA) return "improved";
  return isRed(state.above) && worthOf(state.belowHalf) <= 1 ? "not_helped" : "not_enough";
}

function worthOf(bets: readonly number[]): number {
  return bets.reduce((sum, worth) => sum + worth, 0) / bets.length;
}

/** How many requests in all prove that it helped when no more of them are bad, from all starts. */
export function neededAfter(
  { seen, below }: Pick<AfterState, "seen" | "below">,
  { limit }: AfterTerms,
): number {
  const worthAfter = (more: number): number =>
    worthOf(
      below.map((worth, index) => {
        const share = limit / (SMALLER[index % SMALLER.length] as number);
        return worth * Math.exp(logOdds(0, more, share, limit));
      }),
    );
  let more = 0;
  for (let step = 2 ** 40; step >= 1; step /= 2) if (worthAfter(more + step) < 1 / ALPHA) more += step;
  return seen.total + (worthOf(below) >= 1 / ALPHA ? 0 : more + 1);
}

/** As many requests as prove a cure in 9 of 10 cases, at a limit of 1 %. */
const ENOUGH = 900;

/** Until the last start has come: whoever polls has its flags by then. */
const ARRIVED: Duration = 2 * 60_000;

/** Four blocks and the last start, however much traffic there is. */
const LEAST_WAIT: Duration = 4 * 60_000;
const MOST_WAIT: Duration = 30 * 60_000;

/**
 * Until when after the rollback a verdict is waited for; then it is unproven. It follows from the limit and from traffic:
 * simulated, 98 % of cures are verified by then from half a request a second on, with flags that arrive within 60 s too.
 */
export function giveUpAfter(limit: number, requestsPerSecond: number): Duration {
  const wait = requestsPerSecond > 0 ? (ENOUGH / (100 * limit) / requestsPerSecond) * 1_000 : MOST_WAIT;
  return Math.min(MOST_WAIT, Math.max(LEAST_WAIT, ARRIVED + wait));
}
