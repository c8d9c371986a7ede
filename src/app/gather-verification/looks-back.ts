import type { Policy } from "../../domain/policy.ts";
import { COUNT_WINDOWS } from "../../domain/recorded-series.ts";
import type { Duration } from "../../domain/time.ts";
import type { MetricsSource } from "../ports.ts";

/** Recorded metrics of recorded metrics: rules that read each other in a circle must not be followed for ever. */
const DEEPEST = 5;

/** Alerts on counts are true only while their shortest window is, whatever longer ones say. */
const SHORTEST_WINDOW = Math.min(...COUNT_WINDOWS);

/**
 * How long an expression goes on telling of the past: its longest range, with that of the rule behind each metric that the
 * policy records, and one scrape, since the last sample before a change is in it for as long.
 * @returns 0 for what reads samples of now only
 */
export function looksBack(source: MetricsSource, expr: string, policy: Policy): Duration {
  const range = longestIn(source, expr, policy, DEEPEST);
  return range === 0 ? 0 : range + policy.scrape.interval;
}

function longestIn(source: MetricsSource, expr: string, policy: Policy, depth: number): Duration {
  const ranges = source.selectorsIn(expr).map(({ metric, range }) => {
    if (policy.metrics.some((one) => one.counts !== undefined && metric.startsWith(`${one.record}:`)))
      return range + SHORTEST_WINDOW;
    const rule = depth === 0 ? undefined : policy.metrics.find(({ record }) => record === metric);
    return range + (rule === undefined ? 0 : longestIn(source, rule.expr, policy, depth - 1));
  });
  return Math.max(0, ...ranges);
}
