import { Random } from "./random.ts";
import { Trigger, type TriggerRule } from "./triggers.ts";
import { TICK } from "./world.ts";

const DAY = 86_400;
/** The true rate of a service whose triggers must be silent, of its limit. */
const USUAL = 0.3;

export const LIMITS = [0.001, 0.005, 0.01, 0.05] as const;
export const TRIGGER_TRAFFICS = [1, 10, 30, 60, 100, 300, 1_000, 10_000] as const;
/** Seconds: what is the default, and what a service whose pods restart should set. */
export const HOLDS = [60, 120] as const;

export interface TriggerFigures {
  readonly rule: TriggerRule;
  readonly limit: number;
  readonly traffic: number;
  readonly days: number;
  /** By `for`, of HOLDS. */
  readonly firings: readonly number[];
}

/** False firings of a trigger on a service that is well. */
export function playDays(
  rule: TriggerRule,
  limit: number,
  traffic: number,
  days: number,
  seed: number,
): TriggerFigures {
  const random = new Random(seed, Math.round(limit * 1e6) * 20_011 + traffic);
  const trigger = new Trigger(limit, HOLDS, rule);
  const mean = (traffic * TICK) / 60;
  for (let tick = 0; tick < (days * DAY) / TICK; tick++) {
    const total = random.poisson(mean);
    trigger.scrape(total, random.binomial(total, USUAL * limit));
  }
  return { rule, limit, traffic, days, firings: trigger.firings };
}
