import type { Outcome } from "./judge-rollout.ts";
import { leastServed } from "./labels.ts";
import type { Rollout } from "./rollout.ts";

/** A rollout, and what each judge made of it. */
export interface Judged {
  readonly rollout: Rollout;
  readonly outcomes: ReadonlyMap<string, Outcome>;
}

/** How one judge did on some rollouts. Shares are 0 … 1, times minutes; null where there is nothing to take it of. */
export interface Figures {
  readonly healthy: number;
  readonly falseRollbacks: number;
  readonly falsePerThousand: number | null;
  /** Of the healthy ones whose stages see requests enough. */
  readonly enough: number;
  readonly completed: number | null;
  readonly bad: number;
  /** Rolled back once the fault was there. */
  readonly found: number;
  readonly recall: number | null;
  /** Of all rollbacks, of healthy and bad ones, those that had a fault to find. */
  readonly precision: number | null;
  readonly median: number | null;
  readonly p95: number | null;
  /** Grey ones and those with too little to tell, whose true rate is above the limit; and how many were promoted. */
  readonly unclear: number;
  readonly promoted: number;
}

/** Judged requests that every stage of a rollout must see, before it is expected to be completed in time. */
const ENOUGH = 1_000;

export function figuresOf(judged: readonly Judged[], judge: string): Figures {
  const of = ({ outcomes }: Judged): Outcome | undefined => outcomes.get(judge);
  const healthy = judged.filter(({ rollout }) => rollout.label === "healthy");
  const bad = judged.filter(({ rollout }) => rollout.label === "bad");
  const falseOnes = healthy.filter((one) => of(one)?.end === "rolled back").length;
  const tooEarly = bad.filter((one) => of(one)?.end === "rolled back" && of(one)?.faultAt === null).length;
  const met = bad.filter((one) => of(one)?.faultAt !== null).length;
  const minutes = bad.flatMap((one) => minutesToFind(of(one))).sort((a, b) => a - b);
  const enough = healthy.filter(({ rollout }) => leastServed(rollout) >= ENOUGH);
  const unclear = judged.filter(
    ({ rollout: { label, fault } }) => (label === "grey" || label === "too little") && fault !== null,
  );
  return {
    healthy: healthy.length,
    falseRollbacks: falseOnes,
    falsePerThousand: share(falseOnes * 1_000, healthy.length),
    enough: enough.length,
    completed: share(enough.filter((one) => of(one)?.end === "completed").length, enough.length),
    bad: bad.length,
    found: minutes.length,
    // Rolled back or held before there was a fault, there was nothing to find: that is no miss.
    recall: share(minutes.length, met),
    precision: share(minutes.length, minutes.length + falseOnes + tooEarly),
    median: quantileOf(minutes, 0.5),
    p95: quantileOf(minutes, 0.95),
    unclear: unclear.length,
    promoted: unclear.filter((one) => of(one)?.end === "completed").length,
  };
}

function minutesToFind(outcome: Outcome | undefined): number[] {
  if (outcome?.end !== "rolled back" || outcome.faultAt === null) return [];
  return [(outcome.time - outcome.faultAt) / 60];
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** @param sorted ascending */
export function quantileOf(sorted: readonly number[], at: number): number | null {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * at))] ?? null;
}

/** Of a binomial share: Wilson's interval of 95 %. */
export function intervalOf(part: number, whole: number): readonly [number, number] {
  if (whole === 0) return [0, 1];
  const z = 1.959964;
  const p = part / whole;
  const middle = p + z ** 2 / (2 * whole);
  const spread = z * Math.sqrt((p * (1 - p)) / whole + z ** 2 / (4 * whole ** 2));
  const divisor = 1 + z ** 2 / whole;
  return [Math.max(0, (middle - spread) / divisor), Math.min(1, (middle + spread) / divisor)];
}
