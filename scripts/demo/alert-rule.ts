import { parseDuration } from "../../src/domain/time.ts";
import type { AlertState, PolicyAlert } from "./monitoring.ts";
import type { Metrics } from "./scrape.ts";

/** One metric against one number: `error_rate > 1.0`, `up{job="genesis"} == 0`. */
const SIMPLE = /^(\w+)(?:\{[^}]*\})?\s*(<|>|==)\s*([\d.]+)$/;

/** A rule of the policy, judged as Prometheus does it: true for a while is pending, true for `for` is firing. */
export class AlertRule {
  readonly alert: PolicyAlert;
  readonly #isTrue: (metrics: Metrics) => boolean;
  readonly #wait: number;
  #trueSince: number | undefined;
  #firingSince: number | undefined;

  private constructor(alert: PolicyAlert, isTrue: (metrics: Metrics) => boolean) {
    this.alert = alert;
    this.#isTrue = isTrue;
    this.#wait = parseDuration(alert.for ?? "0s") ?? 0;
  }

  /** The rules that can be judged without Prometheus: each compares one metric with one number. */
  static readable(alerts: readonly PolicyAlert[]): AlertRule[] {
    return alerts.flatMap((alert) => {
      const isTrue = readSimple(alert.expr);
      return isTrue === undefined ? [] : [new AlertRule(alert, isTrue)];
    });
  }

  get state(): AlertState {
    if (this.#firingSince !== undefined) return "firing";
    return this.#trueSince === undefined ? "inactive" : "pending";
  }

  /** Epoch milliseconds; undefined while it does not fire. */
  get firingSince(): number | undefined {
    return this.#firingSince;
  }

  judge(metrics: Metrics, now: number): void {
    if (!this.#isTrue(metrics)) {
      this.#trueSince = undefined;
      this.#firingSince = undefined;
      return;
    }
    this.#trueSince ??= now;
    if (now - this.#trueSince >= this.#wait) this.#firingSince ??= now;
  }
}

function readSimple(expr: string): ((metrics: Metrics) => boolean) | undefined {
  const [, metric, comparison, limit] = SIMPLE.exec(expr) ?? [];
  if (metric === undefined) return undefined;
  return (metrics) => {
    const value = metrics.get(metric);
    if (value === undefined) return false;
    if (comparison === "==") return value === Number(limit);
    return comparison === "<" ? value < Number(limit) : value > Number(limit);
  };
}
