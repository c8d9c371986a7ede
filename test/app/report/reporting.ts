import { Policies } from "../../../src/app/policies.ts";
import type { ActiveAlert, AlertSource, MetricsSource, RangeAnswer } from "../../../src/app/ports.ts";
import { type MakeReport, makeReport, type ReportRequest } from "../../../src/app/report/make-report.ts";
import type { Report } from "../../../src/app/report/report.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import type { Instant } from "../../../src/domain/time.ts";
import { genesis } from "../../support/generated.ts";
import { RollbackSimulator } from "../../support/rollback-simulator.ts";

export const START = Date.parse("2026-11-20T09:15:00Z");
export const SECOND = 1_000;
export const MINUTE = 60 * SECOND;
export const HOUR = 60 * MINUTE;

/** A metric at a time; null: no data. */
export type Curve = (at: Instant) => number | null;

/** Genesis in virtual time, with the real policy and the real decisions. */
export class Reporting {
  readonly app: RollbackSimulator;
  readonly policy: Policy;
  /** By metric; what has none has no data. */
  curves: Readonly<Record<string, Curve>> = {};
  firing: readonly ActiveAlert[] = [];
  /** Every expression that was asked. */
  readonly asked: string[] = [];

  constructor(policy: Policy = genesis()) {
    this.policy = policy;
    this.app = new RollbackSimulator({ policy, now: START });
  }

  deploy(plan: string): void {
    const found = this.policy.plans.get(plan);
    if (found === undefined) throw new Error(`the policy has no plan ${plan}`);
    this.app.deploy(found, { actor: "cora" });
  }

  tools(more: Partial<MakeReport> = {}): MakeReport {
    const { app, policy } = this;
    return {
      policies: new Policies([policy]),
      store: {
        read: async () => app.state,
        events: async (_, { after = 0, limit }) =>
          app.ledger.filter(({ revision }) => revision > after).slice(0, limit),
        ledger: async () => ledgerOf(app.ledger),
      },
      metrics: this.#metrics(),
      alerts: this.#alerts(),
      clock: { now: () => app.now },
      links: () => [
        { name: "Prometheus", url: "https://ada:secret@prometheus.example/targets?token=secret" },
      ],
      ...more,
    };
  }

  report(request: ReportRequest, more: Partial<MakeReport> = {}): Promise<Report> {
    return makeReport(this.tools(more), this.policy.application.name, request);
  }

  #metrics(): MetricsSource {
    const never = (): never => {
      throw new Error("a report does not need this");
    };
    return {
      query: never,
      targets: never,
      ruleGroups: never,
      format: never,
      selectorsIn: () => [],
      uncompared: () => null,
      queryRange: async (expr, { from, to, step }): Promise<RangeAnswer> => {
        this.asked.push(expr);
        const metric = /^(?:\w+_over_time\()?\(?(\w+)/.exec(expr)?.[1] ?? "";
        const curve = this.curves[metric] ?? (() => null);
        const points: { at: Instant; value: number }[] = [];
        for (let at = from; at <= to; at += step) {
          const value = curve(at);
          if (value !== null) points.push({ at, value });
        }
        return { series: points.length === 0 ? [] : [points], warnings: [] };
      },
    };
  }

  #alerts(): AlertSource {
    return {
      alerts: async () => this.firing,
      configuration: () => {
        throw new Error("a report does not need this");
      },
    };
  }
}

function ledgerOf(events: readonly LedgerEvent[]) {
  const [first, last] = [events[0], events.at(-1)];
  return {
    first: first?.revision ?? null,
    last: last?.revision ?? 0,
    trimmed: (first?.revision ?? 1) - 1,
    archive: null,
  };
}

/** About so much, in a way that is the same each time. */
export function around(value: number, by: number): Curve {
  return (at) => {
    const wave = Math.sin(at / (17 * MINUTE)) * 0.6 + Math.sin(at / (5 * MINUTE) + 1) * 0.4;
    return Math.max(0, value + by * wave);
  };
}

/** All is well. */
export const WELL: Readonly<Record<string, Curve>> = {
  error_rate: around(0.05, 0.02),
  p95_latency: around(140, 20),
  p99_latency: around(320, 40),
  test_pass_rate: around(99.2, 0.4),
  health_checks_passed: () => 5,
  health_check_failures: () => 0,
  uptime: () => 100,
  memory_used: around(48, 6),
  cpu_used: around(37, 9),
};

/** From then until then as another one. */
export function but(usual: Curve | undefined, from: Instant, to: Instant, other: Curve): Curve {
  return (at) => (at >= from && at < to ? other(at) : (usual?.(at) ?? null));
}
