import { setTimeout as delay } from "node:timers/promises";
import { FAULTS, type FaultName } from "./faults.ts";
import type { FeatureKey, Features, Variant } from "./features.ts";
import type { GenesisMetrics } from "./genesis-metrics.ts";

export interface Answer {
  /** Who has answered. */
  readonly system: "old" | "new";
  /** Of the flag that decides on that: what the request is counted as. */
  readonly variant: Variant;
  /** The new features that took part in it. */
  readonly features: readonly FeatureKey[];
  readonly failed: boolean;
  /** Whether what it says is true. */
  readonly right: boolean;
}

export interface Answering {
  readonly features: Features;
  readonly metrics: GenesisMetrics;
  /** What is wrong at this moment. */
  readonly fault: () => FaultName | null;
  /** The process is to end: nothing after it is done. */
  readonly crash: () => void;
}

/** What can take part in an answer of the new system. */
const NEW: readonly FeatureKey[] = [
  "sglang_router_enabled",
  "vllm_caching_enabled",
  "openenv_enabled",
  "longcontext_profiles_enabled",
];
/** Milliseconds of honest work. */
const WORK = 20;
/** Milliseconds. */
const SLOW = 700;
const LOST_EVERY = 5;
const CACHE_MISSES_EVERY = 5;

/** Gives users their answers: from the old system, or from the new one with whatever of it is on for them. */
export class Answerer {
  readonly #with: Answering;
  #routed = 0;
  #cached = 0;

  constructor(answering: Answering) {
    this.#with = answering;
  }

  async answer(user: string): Promise<Answer> {
    const { features } = this.#with;
    const variant = await features.variantOf("phase_4_deployment", user);
    if (variant !== "on") {
      await delay(WORK);
      return { system: "old", variant, features: [], failed: false, right: true };
    }
    const on = await Promise.all(NEW.map((key) => features.isOn(key, user)));
    return this.#answerAnew(NEW.filter((_key, index) => on[index]));
  }

  async #answerAnew(met: readonly FeatureKey[]): Promise<Answer> {
    const fault = this.#with.fault();
    const hit = fault !== null && met.includes(FAULTS[fault].feature) ? fault : null;
    if (hit === "crash") this.#with.crash();
    const failed = met.includes("sglang_router_enabled") && this.#route(hit === "errors");
    if (met.includes("vllm_caching_enabled")) this.#askCache();
    await delay(hit === "latency" ? WORK + SLOW : WORK);
    return { system: "new", variant: "on", features: met, failed, right: hit !== "tests" };
  }

  /** Returns whether the request was lost. By turns, not by chance: the same load gives the same error rate. */
  #route(broken: boolean): boolean {
    this.#routed++;
    return broken && this.#routed % LOST_EVERY === 0;
  }

  #askCache(): void {
    this.#cached++;
    this.#with.metrics.countCacheRequest(this.#cached % CACHE_MISSES_EVERY !== 0);
  }
}
