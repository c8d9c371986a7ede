import { Gauge, type Registry } from "prom-client";

/** The clients of one application at this responder. */
export interface FlagClientSample {
  readonly application: string;
  readonly current: number;
  readonly stale: number;
}

/** Also while the store is away: these are known here, and nowhere else. */
export function flagClientGauge(registry: Registry, sample: () => readonly FlagClientSample[]): void {
  new Gauge({
    name: "rollguard_flag_clients",
    help: "Clients that listen to this responder, or poll it, by whether they have the flags as they are now.",
    labelNames: ["application", "state"],
    registers: [registry],
    collect() {
      this.reset();
      for (const { application, current, stale } of sample()) {
        this.set({ application, state: "current" }, current);
        this.set({ application, state: "stale" }, stale);
      }
    },
  });
}
