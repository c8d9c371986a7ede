import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import type { ActiveAlert, AlertSource, MetricAnswer, MetricsSource } from "../../src/app/ports.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import { genesis } from "../support/generated.ts";
import { rollingOut } from "./rollout-state.ts";

export const NOW = Date.parse("2026-11-20T12:00:00Z");
export const MINUTE = 60_000;
export const clock = { now: () => NOW };
export const policy = genesis();

export type Answers = (expr: string) => Promise<MetricAnswer>;

export const good: Answers = async () => ({ values: [0], warnings: [] });

/** Expressions of which it cannot be told what they read. */
export const unreadable: Pick<MetricsSource, "selectorsIn" | "uncompared"> = {
  selectorsIn: () => [],
  uncompared: () => null,
};

export function metricsOf(query: Answers): MetricsSource {
  const never = (): never => {
    throw new Error("evidence does not need this");
  };
  return {
    query,
    queryRange: never,
    targets: never,
    ruleGroups: never,
    format: never,
    ...unreadable,
  };
}

export function alertsOf(alerts: (matcher?: string) => Promise<readonly ActiveAlert[]>): AlertSource {
  return {
    alerts,
    configuration: () => {
      throw new Error("evidence does not need this");
    },
  };
}

export function firing(
  name: string,
  labels: Record<string, string> = {},
  more: Partial<ActiveAlert> = {},
): ActiveAlert {
  return {
    fingerprint: name,
    name,
    labels: { alertname: name, application: "genesis", severity: "critical", ...labels },
    summary: "",
    startsAt: NOW,
    silenced: false,
    inhibited: false,
    ...more,
  };
}

export interface Sources {
  readonly metrics?: MetricsSource | null;
  readonly alerts?: AlertSource | null;
  readonly within?: number;
}

export function gather(
  { metrics = metricsOf(good), alerts = alertsOf(async () => []), ...rest }: Sources,
  state: ApplicationState = rollingOut(policy, { plan: "hybrid", startedAt: NOW }),
): Promise<Evidence> {
  return gatherEvidence({ metrics, alerts, clock, ...rest }, policy, state);
}

export function unavailable(message: string): () => Promise<never> {
  return async () => {
    throw new RollguardError("source_unavailable", message);
  };
}
