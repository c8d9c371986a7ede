import type { Countings } from "./counting.ts";
import type { GateCriterion } from "./gate.ts";
import { isSequential } from "./gate-counts.ts";
import type { KeysSeen } from "./keys-seen.ts";
import type { Stage } from "./plan.ts";
import type { Duration, Instant } from "./time.ts";

/** How a stage's bake stands. It changes with every check, and no event tells of that. */
export interface Bake {
  /** How much of it good checks must vouch for before the gate decides. */
  readonly needed: Duration;
  /** How much of it good checks have vouched for. */
  readonly seen: Duration;
  readonly checkEvery: Duration;
  /** When the next sample is due: a check. Looks in between find what is red or missing, and vouch for the time. */
  readonly nextSampleAt: Instant;
  /** The next good check vouches for the time since then; null while nothing can be vouched for. */
  readonly countFrom: Instant | null;
  /** When it is to be looked at next. */
  readonly nextCheckAt: Instant;
  /** When a look last brought data for the whole gate. */
  readonly lastGoodAt: Instant | null;
  /** What the last check missed; empty when it was good. */
  readonly missing: readonly string[];
  /** By metric. */
  readonly samples: ReadonlyMap<string, Samples>;
  /** Looks come at least this often; absent: once a minute. */
  readonly lookEvery?: Duration;
  /** Of what is judged by counts; absent: nothing was counted yet. */
  readonly counting?: Countings;
  /** By metric: how few requests there were at the last look for a value to say anything; absent: none were too few. */
  readonly few?: ReadonlyMap<string, number>;
  /** The users whom it compares, as the last look knew them; absent: it compares none, or none is known. */
  readonly users?: KeysSeen;
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

/**
 * However rarely a stage is checked, it is looked at once a minute: whoever cannot see is to know soon, and a look vouches
 * for no more time than it can speak of.
 */
const LOOK_EVERY: Duration = 60_000;

/** A look may come this much late, because a server was busy, and still vouch for all the time since the last one. */
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
  const sampled = criteria.filter((criterion) => !isSequential(criterion));
  const rows = sampled.map(({ sustained }) => (typeof sustained === "object" ? sustained.checksInARow : 1));
  return Math.max(1, Math.min(stage.checkEvery, Math.floor(bake / Math.max(1, ...rows))));
}

export function startBake(
  needed: Duration,
  checkEvery: Duration,
  now: Instant,
  lookEvery: Duration = LOOK_EVERY,
): Bake {
  return {
    needed,
    seen: 0,
    checkEvery,
    countFrom: now,
    nextSampleAt: now + Math.min(checkEvery, needed),
    nextCheckAt: now + Math.min(checkEvery, needed, lookEvery),
    lastGoodAt: null,
    missing: [],
    samples: new Map(),
    ...(lookEvery === LOOK_EVERY ? {} : { lookEvery }),
  };
}

/**
 * A look that had data for everything. It vouches for the time since the one before it, unless it came too late, and is a
 * sample where one is due.
 * @param isAsked whether somebody asked for it: then it is a sample in any case
 */
export function afterGoodCheck(
  bake: Bake,
  readings: ReadonlyMap<string, number>,
  now: Instant,
  isAsked = false,
): Bake {
  const { checkEvery, countFrom, needed, lookEvery = LOOK_EVERY } = bake;
  const gap = countFrom === null ? 0 : Math.max(0, now - countFrom);
  const seen = bake.seen + (gap <= Math.min(checkEvery, lookEvery) + LATE ? gap : 0);
  const isSample =
    isAsked || now >= bake.nextSampleAt || countFrom === null || (bake.seen < needed && seen >= needed);
  const nextSampleAt = isSample ? now + checkEvery : bake.nextSampleAt;
  const left = seen < needed ? needed - seen : checkEvery;
  return {
    ...bake,
    seen,
    nextSampleAt,
    countFrom: now,
    nextCheckAt: Math.min(now + Math.min(lookEvery, left), nextSampleAt),
    lastGoodAt: now,
    missing: [],
    samples: isSample ? withReadings(bake.samples, readings) : bake.samples,
  };
}

/** What a look has counted. */
export function counting(bake: Bake, counted: Countings, few: ReadonlyMap<string, number>): Bake {
  const { few: _, ...others } = bake;
  return {
    ...others,
    ...(counted.size === 0 ? {} : { counting: counted }),
    ...(few.size === 0 ? {} : { few }),
  };
}

function withReadings(
  before: ReadonlyMap<string, Samples>,
  readings: ReadonlyMap<string, number>,
): ReadonlyMap<string, Samples> {
  const samples = new Map(before);
  for (const [metric, value] of readings) samples.set(metric, withSample(samples.get(metric), value));
  return samples;
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
  const next = Math.min(bake.checkEvery, left);
  return {
    ...bake,
    countFrom: now,
    nextSampleAt: now + next,
    nextCheckAt: now + Math.min(next, bake.lookEvery ?? LOOK_EVERY),
  };
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
