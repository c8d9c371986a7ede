import { Counter, Gauge, type Registry } from "prom-client";

/** A ledger as its metrics show it. */
export interface LedgerSample {
  /** Null before the first event. */
  readonly first: number | null;
  readonly last: number;
  readonly trimmed: number;
}

export interface LedgerGauges {
  reset(): void;
  show(application: string, ledger: LedgerSample): void;
}

export function ledgerGauges(registry: Registry): LedgerGauges {
  const labelNames = ["application"];
  const registers = [registry];
  const kept = new Gauge({
    name: "rollguard_ledger_events",
    help: "Events that the ledger keeps.",
    labelNames,
    registers,
  });
  // Counted by the store: every responder tells the same number, also after a restart.
  const trimmed = new Counter({
    name: "rollguard_ledger_trimmed_total",
    help: "Events that have left the ledger, as the store counts them: the same at each responder.",
    labelNames,
    registers,
  });
  return {
    reset: () => {
      kept.reset();
      trimmed.reset();
    },
    show: (application, ledger) => {
      kept.set({ application }, ledger.first === null ? 0 : ledger.last - ledger.first + 1);
      trimmed.inc({ application }, ledger.trimmed);
    },
  };
}
