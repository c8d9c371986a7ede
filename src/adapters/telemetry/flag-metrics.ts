import { Counter, Gauge, type Registry } from "prom-client";
import type { Knowledge } from "../../domain/evaluate.ts";

/** How well the flags of an application are known, and what of them was answered at this responder. */
export interface FlagsSample {
  readonly application: string;
  readonly knowledge: Knowledge;
  /** Milliseconds since 1970; null: the store has never answered. */
  readonly knownAt: number | null;
  readonly requests: { readonly single: number; readonly bulk: number };
  readonly flags: readonly {
    readonly flag: string;
    readonly on: number;
    readonly off: number;
    readonly keys: { readonly on: number; readonly off: number } | null;
  }[];
}

export interface FlagMetrics {
  /** Before each scrape. Unlike the gauges of the state they are there while the store is away: that is what they tell. */
  show(samples: readonly FlagsSample[]): void;
}

export function flagMetrics(registry: Registry): FlagMetrics {
  const registers = [registry];
  // Counted where flags are evaluated, without a look at labels, and shown here.
  const counter = (name: string, help: string, labels: readonly string[]): Counter =>
    new Counter({ name, help, labelNames: ["application", ...labels], registers });
  const gauge = (name: string, help: string, labels: readonly string[] = []): Gauge =>
    new Gauge({ name, help, labelNames: ["application", ...labels], registers });
  const requests = counter(
    "rollguard_flag_requests_total",
    "OFREP requests that were evaluated: of one flag (single), or of all (bulk).",
    ["kind"],
  );
  const evaluations = counter(
    "rollguard_flag_evaluations_total",
    "Values that were told by OFREP, by flag and variant: each flag of each answer, and of each 304.",
    ["flag", "variant"],
  );
  const keys = gauge(
    "rollguard_flag_keys_estimate",
    "About how many distinct targeting keys a flag's percentage has decided for here, since it last changed.",
    ["flag", "variant"],
  );
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
    show(samples) {
      for (const old of [requests, evaluations, keys, stale, lost, known]) old.reset();
      for (const { application, knowledge, knownAt, requests: asked, flags } of samples) {
        stale.set({ application }, knowledge === "fresh" ? 0 : 1);
        lost.set({ application }, knowledge === "lost" ? 1 : 0);
        if (knownAt !== null) known.set({ application }, knownAt / 1_000);
        for (const kind of ["single", "bulk"] as const) requests.inc({ application, kind }, asked[kind]);
        for (const { flag, keys: seen, ...answered } of flags) {
          for (const variant of ["on", "off"] as const) {
            evaluations.inc({ application, flag, variant }, answered[variant]);
            if (seen !== null) keys.set({ application, flag, variant }, seen[variant]);
          }
        }
      }
    },
  };
}
