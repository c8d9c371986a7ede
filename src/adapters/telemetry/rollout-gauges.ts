import { Gauge, type Registry } from "prom-client";

/** A rollout as its gauges show it. */
export interface RolloutSample {
  readonly plan: string;
  readonly state: string;
  /** Counted from 1. */
  readonly stage: number;
  readonly bake: { readonly remainingSeconds: number } | null;
  readonly gate: readonly {
    readonly metric: string;
    readonly value: number | null;
    readonly verdict: "green" | "yellow" | "red" | "not_enough" | "no_data";
  }[];
}

/** What dashboards colour. */
const VERDICTS = { no_data: -1, not_enough: -1, green: 0, yellow: 1, red: 2 } as const;

export interface RolloutGauges {
  reset(): void;
  show(application: string, rollout: RolloutSample | null, blind: boolean): void;
}

export function rolloutGauges(registry: Registry): RolloutGauges {
  const gauge = (name: string, help: string, labels: readonly string[]): Gauge =>
    new Gauge({ name, help, labelNames: ["application", ...labels], registers: [registry] });
  const info = gauge(
    "rollguard_rollout_info",
    "Always 1; the labels tell of the rollout that runs, or the last one.",
    ["plan", "stage", "state"],
  );
  const stage = gauge("rollguard_rollout_stage", "Number of the rollout's stage, from 1.", []);
  const value = gauge("rollguard_gate_value", "The newest sample of a metric of the stage's gate.", [
    "metric",
  ]);
  const verdict = gauge(
    "rollguard_gate_verdict",
    "All samples of the bake so far: 0 green, 1 yellow, 2 red, -1 no data.",
    ["metric"],
  );
  const blind = gauge("rollguard_blind", "1 while a rollout is held because we cannot see.", []);
  const left = gauge(
    "rollguard_bake_remaining_seconds",
    "How long the stage still bakes if all goes well.",
    [],
  );
  return {
    reset: () => {
      for (const stale of [info, stage, value, verdict, blind, left]) stale.reset();
    },
    show: (application, rollout, isBlind) => {
      blind.set({ application }, isBlind ? 1 : 0);
      if (rollout === null) return;
      info.set({ application, plan: rollout.plan, stage: String(rollout.stage), state: rollout.state }, 1);
      stage.set({ application }, rollout.stage);
      if (rollout.bake !== null) left.set({ application }, rollout.bake.remainingSeconds);
      for (const criterion of rollout.gate) {
        const labels = { application, metric: criterion.metric };
        if (criterion.value !== null) value.set(labels, criterion.value);
        verdict.set(labels, VERDICTS[criterion.verdict]);
      }
    },
  };
}
