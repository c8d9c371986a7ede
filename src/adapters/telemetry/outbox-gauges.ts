import { Gauge, type Registry } from "prom-client";

/** An outbox as its metrics show it. */
export interface OutboxSample {
  readonly waiting: number;
  readonly dead: number;
  readonly ageSeconds: number;
}

export interface OutboxGauges {
  reset(): void;
  show(application: string, outbox: OutboxSample): void;
}

export function outboxGauges(registry: Registry): OutboxGauges {
  const gauge = (name: string, help: string, labels: readonly string[]): Gauge =>
    new Gauge({ name, help, labelNames: ["application", ...labels], registers: [registry] });
  const depth = gauge(
    "rollguard_outbox_depth",
    "Messages to people: those that wait to be sent, and those that were given up (dead).",
    ["state"],
  );
  const age = gauge(
    "rollguard_outbox_age_seconds",
    "For how long the oldest message has waited whose time has come; 0 when none waits.",
    [],
  );
  return {
    reset: () => {
      depth.reset();
      age.reset();
    },
    show: (application, { waiting, dead, ageSeconds }) => {
      depth.set({ application, state: "waiting" }, waiting);
      depth.set({ application, state: "dead" }, dead);
      age.set({ application }, ageSeconds);
    },
  };
}
