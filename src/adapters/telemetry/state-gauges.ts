import { Gauge, type Registry } from "prom-client";
import { type LedgerSample, ledgerGauges } from "./ledger-gauges.ts";
import { type OutboxSample, outboxGauges } from "./outbox-gauges.ts";
import { type RolloutSample, rolloutGauges } from "./rollout-gauges.ts";

/** One application as its gauges show it. */
export interface ApplicationSample {
  readonly application: string;
  readonly revision: number;
  /** Percent of users. */
  readonly traffic: number;
  readonly flags: readonly {
    readonly key: string;
    readonly enabled: boolean;
    readonly rolloutPercentage: number;
    readonly override?: boolean;
  }[];
  readonly rollout: RolloutSample | null;
  readonly blind: boolean;
  readonly ledger: LedgerSample;
  readonly outbox: OutboxSample;
}

type Sampler = () => Promise<readonly ApplicationSample[]>;

/**
 * Gauges that are read from the store before each scrape: call what this returns first. While the store is away
 * they are left out, since an old number would be taken for a new one, and `rollguard_store_up` is 0.
 */
export function stateGauges(
  registry: Registry,
  sample: Sampler,
  ready: () => Promise<void>,
): () => Promise<void> {
  const gauge = (name: string, help: string, labelNames: readonly string[]): Gauge =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const flagLabels = ["application", "flag_name"];
  const enabled = gauge("rollguard_flag_enabled", "1 if the flag is on.", flagLabels);
  const percentage = gauge("rollguard_flag_rollout_percentage", "Percent of users, 0 to 100.", flagLabels);
  const override = gauge(
    "rollguard_flag_override",
    "1 if an environment override keeps the flag on, 0 if off; only of flags that have one.",
    flagLabels,
  );
  const traffic = gauge("rollguard_traffic_percentage", "Percent of users on the new system.", [
    "application",
  ]);
  const revision = gauge("rollguard_revision", "Number of the application's last event.", ["application"]);
  const up = gauge("rollguard_store_up", "1 if a rollback could have been committed at this scrape.", []);

  const rollouts = rolloutGauges(registry);
  const ledgers = ledgerGauges(registry);
  const outboxes = outboxGauges(registry);

  return async () => {
    const [samples, isReady] = await Promise.all([
      sample().catch(() => undefined),
      ready().then(
        () => true,
        () => false,
      ),
    ]);
    for (const stale of [enabled, percentage, override, traffic, revision]) stale.reset();
    rollouts.reset();
    ledgers.reset();
    outboxes.reset();
    up.set(samples !== undefined && isReady ? 1 : 0);
    for (const { application, flags, rollout, blind, ledger, outbox, ...now } of samples ?? []) {
      rollouts.show(application, rollout, blind);
      ledgers.show(application, ledger);
      outboxes.show(application, outbox);
      traffic.set({ application }, now.traffic);
      revision.set({ application }, now.revision);
      for (const flag of flags) {
        const labels = { application, flag_name: flag.key };
        enabled.set(labels, flag.enabled ? 1 : 0);
        percentage.set(labels, flag.rolloutPercentage);
        if (flag.override !== undefined) override.set(labels, flag.override ? 1 : 0);
      }
    }
  };
}
