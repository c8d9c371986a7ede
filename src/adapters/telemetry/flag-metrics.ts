import { Counter, Gauge, type Registry } from "prom-client";
import type { Knowledge } from "../../domain/evaluate.ts";

/** How well the flags of an application are known. */
export interface FlagsSample {
  readonly application: string;
  readonly knowledge: Knowledge;
  /** Milliseconds since 1970; null: the store has never answered. */
  readonly knownAt: number | null;
}

export interface FlagMetrics {
  evaluated(application: string, kind: "single" | "bulk"): void;
  /** Before each scrape. Unlike the gauges of the state they are there while the store is away: that is what they tell. */
  show(samples: readonly FlagsSample[]): void;
}

export function flagMetrics(registry: Registry): FlagMetrics {
  const registers = [registry];
  const evaluations = new Counter({
    name: "rollguard_flag_evaluations_total",
    help: "OFREP requests that were evaluated: of one flag (single), or of all (bulk).",
    labelNames: ["application", "kind"],
    registers,
  });
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name, help, labelNames: ["application"], registers });
  const stale = gauge(
    "rollguard_flags_stale",
    "1 while flags are served without the store: as they were last known, or what is safe.",
  );
  const lost = gauge(
    "rollguard_flags_lost",
    "1 while the store has been away for longer than serving.maxStale: on are only flags that are safe.",
  );
  const known = gauge(
    "rollguard_flags_known_timestamp_seconds",
    "When the store last told what the flags are; not there if it never has.",
  );
  return {
    evaluated: (application, kind) => evaluations.inc({ application, kind }),
    show(samples) {
      for (const old of [stale, lost, known]) old.reset();
      for (const { application, knowledge, knownAt } of samples) {
        stale.set({ application }, knowledge === "fresh" ? 0 : 1);
        lost.set({ application }, knowledge === "lost" ? 1 : 0);
        if (knownAt !== null) known.set({ application }, knownAt / 1_000);
      }
    },
  };
}
