import type { CorpusPlan } from "./plans.ts";

export const CLASSES = [
  "healthy",
  "spike",
  "step",
  "late step",
  "drift",
  "sparse",
  "zero baseline",
  "diurnal",
  "deploy dip",
  "pod restart",
  "one bad pod of twenty",
  "retries x 3",
  "scatter 0.01",
  "scatter 0.05",
  "shared burst",
  "sticky heavy users",
  "flag lag",
] as const;

export type RolloutClass = (typeof CLASSES)[number];

/** Those in which failures come in bursts though nothing is wrong; in all others requests fail independently. */
export const BURST_CLASSES: readonly RolloutClass[] = [
  "spike",
  "deploy dip",
  "pod restart",
  "retries x 3",
  "scatter 0.01",
  "scatter 0.05",
  "shared burst",
  "sticky heavy users",
];

export const TRAFFICS = [10, 30, 100, 300, 1_000, 10_000] as const;

/**
 * What a right judge says. `healthy`: to be completed. `bad`: to be rolled back. `grey`: neither, for nobody agrees on it.
 * `too little`: bad, with too few requests to tell it from luck; not to be promoted above the limit.
 */
export type Label = "healthy" | "bad" | "grey" | "too little";

/** A change of the true rate for a while. Seconds after its stage's start. */
export interface Blip {
  readonly stage: number;
  readonly from: number;
  readonly to: number;
  /** The true share of failed requests meanwhile. */
  readonly rate: number;
  readonly who: "everybody" | "treatment";
  /** The share of the counts that is lost with a pod, in its last 15 s. */
  readonly lost: number;
}

/** A fault that stays: from its stage's second `from`, also in all stages that follow. */
export interface Fault {
  readonly stage: number;
  readonly from: number;
  /** The true share of failed requests in what is judged, when it is there in full. */
  readonly rate: number;
  /** Seconds from its beginning until it is there in full. */
  readonly ramp: number;
}

/** One rollout of the corpus: its true conditions, from which every request is drawn by `seed`. */
export interface Rollout {
  readonly id: number;
  readonly seed: number;
  readonly class: RolloutClass;
  /** Requests a minute, of the whole service. */
  readonly traffic: number;
  readonly plan: CorpusPlan;
  /** Who can have the fault, and whose counts are judged: everybody by the limit, or the treatment against the control. */
  readonly judged: "service" | "treatment";
  /** The usual true share of failed requests, before the rollout and without a fault. */
  readonly base: number;
  readonly fault: Fault | null;
  readonly blips: readonly Blip[];
  /** The intraclass correlation of the rate, minute by minute. */
  readonly scatter: number;
  /** A failed request is sent so often in all, and fails each time. */
  readonly tries: number;
  /** Traffic follows the hours of the day, between 0.2 and 1.8 of its mean. */
  readonly diurnal: boolean;
  /** All requests come in one minute of ten, by chance. */
  readonly sparse: boolean;
  /** Seconds until all users have a new share: they poll. */
  readonly lag: number;
  /** By stage, what luck made of users who stay with their variant; empty: users are as many as requests. */
  readonly users: readonly UserLuck[];
  /** How many pods serve; the last one has the fault where it is that of one pod. */
  readonly pods: number;
  readonly label: Label;
}

/** Sticky users: the treatment's true share of the requests, and the true rates of both. */
export interface UserLuck {
  readonly share: number;
  readonly treatment: number;
  readonly control: number;
}
