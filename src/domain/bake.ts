import type { GateCriterion } from "./gate.ts";
import type { Stage } from "./plan.ts";
import type { Duration, Instant } from "./time.ts";

/** How a stage's bake stands. It changes with every check, and no event tells of that. */
export interface Bake {
  /** How much of it good checks must vouch for before the gate decides. */
  readonly needed: Duration;
  /** How much of it good checks have vouched for. */
  readonly seen: Duration;
  readonly checkEvery: Duration;
  /** The next good check vouches for the time since then; null while nothing can be vouched for. */
  readonly countFrom: Instant | null;
  readonly nextCheckAt: Instant;
  /** When a check last brought data for the whole gate. */
  readonly lastGoodAt: Instant | null;
  /** What the last check missed; empty when it was good. */
  readonly missing: readonly string[];
  /** By metric. */
  readonly samples: ReadonlyMap<string, Samples>;
}

/** All samples of a metric since the bake began, condensed: what any way of judging them needs. */
export interface Samples {
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  /** The newest ones, oldest first. */
  readonly recent: readonly number[];
}

/** A check may come this much late, because a server was busy, and still vouch for all the time since the last one. */
const LATE: Duration = 5_000;

/** While we cannot see we look again this often, however rarely the stage is checked. */
const LOOK_AGAIN: Duration = 15_000;

/** Samples kept one by one: as many as the longest row of checks that a gate may ask for. */
export const MAX_CHECKS_IN_A_ROW = 100;

/**
 * How often a stage is checked: as the plan says, and at least as often as its gate needs for a row of checks.
 * With the standard gate's six in a row, a bake of 24 hours is checked every 4 hours even where the plan says 12.
 */
export function checkEveryOf(
  stage: Pick<Stage, "checkEvery">,
  bake: Duration,
  criteria: readonly GateCriterion[],
): Duration {
  const rows = criteria.map(({ sustained }) => (typeof sustained === "object" ? sustained.checksInARow : 1));
  return Math.max(1, Math.min(stage.checkEvery, Math.floor(bake / Math.max(1, ...rows))));
}

export function startBake(needed: Duration, checkEvery: Duration, now: Instant): Bake {
  return {
    needed,
    seen: 0,
    checkEvery,
    countFrom: now,
    nextCheckAt: now + Math.min(checkEvery, needed),
    lastGoodAt: null,
    missing: [],
    samples: new Map(),
  };
}

/** A check that had data for everything. It vouches for the time since the one before it, unless it came too late. */
export function afterGoodCheck(bake: Bake, readings: ReadonlyMap<string, number>, now: Instant): Bake {
  const gap = bake.countFrom === null ? 0 : Math.max(0, now - bake.countFrom);
  const seen = bake.seen + (gap <= bake.checkEvery + LATE ? gap : 0);
  const samples = new Map(bake.samples);
  for (const [metric, value] of readings) samples.set(metric, withSample(samples.get(metric), value));
  const left = bake.needed - seen;
  return {
    ...bake,
    seen,
    countFrom: now,
    nextCheckAt: now + (left > 0 ? Math.min(bake.checkEvery, left) : bake.checkEvery),
    lastGoodAt: now,
    missing: [],
    samples,
  };
}

/** A check that missed something: the time since the one before it does not count. */
export function afterBlindCheck(bake: Bake, missing: readonly string[], now: Instant): Bake {
  return {
    ...bake,
    countFrom: null,
    nextCheckAt: now + Math.min(bake.checkEvery, LOOK_AGAIN),
    missing,
  };
}

/** Nobody looked meanwhile: time counts again from now, or from the next good check where we could not see. */
export function resumeBake(bake: Bake, now: Instant): Bake {
  if (bake.missing.length > 0) return { ...bake, nextCheckAt: now };
  const left = Math.max(1, bake.needed - bake.seen);
  return { ...bake, countFrom: now, nextCheckAt: now + Math.min(bake.checkEvery, left) };
}

/** Whether somebody has looked since the bake began or went on, all was good, and that is not out of date by now. */
export function isFresh({ lastGoodAt, countFrom, nextCheckAt }: Bake, now: Instant): boolean {
  return lastGoodAt !== null && lastGoodAt === countFrom && now <= nextCheckAt + LATE;
}

function withSample(samples: Samples | undefined, read: number): Samples {
  const value = finite(read);
  if (samples === undefined) return { count: 1, sum: value, min: value, max: value, recent: [value] };
  return {
    count: samples.count + 1,
    sum: finite(samples.sum + value),
    min: Math.min(samples.min, value),
    max: Math.max(samples.max, value),
    recent: [...samples.recent, value].slice(-MAX_CHECKS_IN_A_ROW),
  };
}

/** JSON has no infinities: a store would give back null, which passes for 0. */
function finite(value: number): number {
  return Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, value));
}
