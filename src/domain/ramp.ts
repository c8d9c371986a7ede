import type { Instant } from "./time.ts";

/**
 * A percentage that changes by itself: computed when it is asked for, so that no responder has to be awake for it. It
 * never reaches more users than the flag's own percentage says, which rollbacks and operators set.
 */
export interface Ramp {
  /** `linear` moves evenly from point to point; `steps` jumps at each of them. */
  readonly shape: "linear" | "steps";
  /** At least one, ascending. Before the first one its percentage holds, after the last one that one's. */
  readonly points: readonly RampPoint[];
}

export interface RampPoint {
  readonly at: Instant;
  /** 0 to 100. */
  readonly percentage: number;
}

/** Percent of users, with two decimals. */
export function rampAt({ shape, points }: Ramp, now: Instant): number {
  let [before] = points as readonly [RampPoint];
  for (const point of points) {
    if (point.at > now)
      return shape === "steps" || before.at > now ? before.percentage : between(before, point, now);
    before = point;
  }
  return before.percentage;
}

/** Rounded down on the way up and on the way down: a fraction of a bucket reaches nobody. */
function between(from: RampPoint, to: RampPoint, now: Instant): number {
  const share = (now - from.at) / (to.at - from.at);
  return Math.floor((from.percentage + (to.percentage - from.percentage) * share) * 100) / 100;
}
