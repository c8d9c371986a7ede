import {
  type AfterVerdict,
  foldAfter,
  judgeAfter,
  startAfter,
} from "../../src/domain/judging/after-rollback.ts";
import { blockOf } from "./judges/ours.ts";
import { RED } from "./labels.ts";
import { Random } from "./random.ts";
import { BLOCK } from "./world.ts";

/** What follows a rollback, and how often it is played. */
export interface Episode {
  readonly name: string;
  /** Requests a second. */
  readonly traffic: number;
  /** True share of failed requests in the incident, and from `lag` seconds after the rollback on. */
  readonly incident: number;
  readonly after: number;
  readonly lag: number;
  readonly scatter: number;
}

export interface EpisodeFigures extends Episode {
  readonly episodes: number;
  readonly verdicts: Readonly<Record<AfterVerdict, number>>;
  /** Seconds to "verified". */
  readonly median: number | null;
  readonly p95: number | null;
}

/** An hour: it is watched on for so long, whatever was said meanwhile. */
const BLOCKS = 3_600 / BLOCK;

const TRAFFICS_A_SECOND = [0.2, 0.5, 2, 10, 100] as const;

export function episodes(): Episode[] {
  const nothingHelped = [0, 0.01].flatMap((scatter) =>
    TRAFFICS_A_SECOND.map((traffic) => ({
      name: "nothing helped, 1.5 x the limit",
      traffic,
      incident: 1.5 * RED,
      after: 1.5 * RED,
      lag: 0,
      scatter,
    })),
  );
  const cured = [0, 60].flatMap((lag) =>
    TRAFFICS_A_SECOND.map((traffic) => ({
      name: "cured to 0.05 %",
      traffic,
      incident: 0.5,
      after: 0.0005,
      lag,
      scatter: 0,
    })),
  );
  const stillBad = TRAFFICS_A_SECOND.map((traffic) => ({
    name: "nothing helped, 5 x the limit",
    traffic,
    incident: 5 * RED,
    after: 5 * RED,
    lag: 0,
    scatter: 0,
  }));
  return [...nothingHelped, ...cured, ...stillBad];
}

/** The first verdict of each play, or `not_enough` when an hour brought none. "Improved" is waited on: it ends nothing. */
export function play(episode: Episode, count: number, seed: number): EpisodeFigures {
  const verdicts = { verified: 0, improved: 0, not_helped: 0, not_enough: 0 };
  const seconds: number[] = [];
  for (let index = 0; index < count; index++) {
    const { verdict, after } = playOnce(episode, new Random(seed, index + 5_000_000));
    verdicts[verdict] += 1;
    if (verdict === "verified") seconds.push(after);
  }
  seconds.sort((a, b) => a - b);
  const at = (share: number): number | null =>
    seconds[Math.min(seconds.length - 1, Math.floor(seconds.length * share))] ?? null;
  return { ...episode, episodes: count, verdicts, median: at(0.5), p95: at(0.95) };
}

function playOnce(
  { traffic, incident, after, lag, scatter }: Episode,
  random: Random,
): { verdict: AfterVerdict; after: number } {
  const terms = { limit: RED, incident };
  let state = startAfter(0);
  let [minute, improved] = [after, false];
  for (let block = 0; block < BLOCKS; block++) {
    if (block % 2 === 0) minute = random.beta(after, scatter);
    const late = Math.min(1, Math.max(0, (lag - block * BLOCK) / BLOCK));
    const total = random.poisson(traffic * BLOCK);
    const bad = random.binomial(total, late * incident + (1 - late) * minute);
    state = foldAfter(state, [blockOf({ total, bad }, block)], terms);
    const verdict = judgeAfter(state);
    if (verdict === "improved") improved = true;
    if (verdict === "verified" || verdict === "not_helped") return { verdict, after: (block + 1) * BLOCK };
  }
  return { verdict: improved ? "improved" : "not_enough", after: BLOCKS * BLOCK };
}
