import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { Recorder, StoreObserver } from "../../app/ports.ts";
import { type FlagClientSample, flagClientGauge } from "./flag-client-gauge.ts";
import { type FlagsSample, flagMetrics } from "./flag-metrics.ts";
import { type ApplicationSample, stateGauges } from "./state-gauges.ts";

interface MetricsOptions {
  readonly version: string;
  /** `redis` or `embedded`. */
  readonly store: string;
  /** The applications as they are now; rejects while the store is away. */
  readonly sample: () => Promise<readonly ApplicationSample[]>;
  /** Milliseconds that the store's clock is ahead of this machine's; null while that is not known. */
  readonly clockSkew?: () => number | null;
  /** Rejects while no rollback could be committed. */
  readonly ready: () => Promise<void>;
  /** The clients of this responder; none without. */
  readonly flagClients?: () => readonly FlagClientSample[];
  /** How their flags are served; never rejects. */
  readonly sampleFlags: () => Promise<readonly FlagsSample[]>;
}

/** Everything that Rollguard tells Prometheus. */
export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  readonly recorder: Recorder;
  readonly storeObserver: StoreObserver;
  observeWebhook(seconds: number, status: number): void;
  policyReloaded(success: boolean): void;
}

/** Seconds. Dense where a good webhook lives (1 to 20 ms), and up to the 5 s after which it is refused. */
const REQUEST_BUCKETS = [0.001, 0.0025, 0.005, 0.0075, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Seconds. A commit takes milliseconds, a verification a minute, and what the seeds allow is two of them. */
const ROLLBACK_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 30, 60, 90, 120, 180, 300, 600];

export function createMetrics(options: MetricsOptions): Metrics {
  const { version, store, sample, ready, sampleFlags, flagClients, clockSkew = () => null } = options;
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const refreshState = stateGauges(registry, sample, ready);
  if (flagClients !== undefined) flagClientGauge(registry, flagClients);
  const flags = flagMetrics(registry);

  new Gauge({
    name: "rollguard_build_info",
    help: "Always 1; the labels tell what runs.",
    labelNames: ["version", "node", "store"],
    registers,
  }).set({ version, node: process.version, store }, 1);
  const received = new Counter({
    name: "rollguard_alerts_received_total",
    help: "Alerts in webhook bodies, by their own status.",
    labelNames: ["status"],
    registers,
  });
  const truncated = new Counter({
    name: "rollguard_alerts_truncated_total",
    help: "Alerts that Alertmanager cut off webhook bodies (max_alerts).",
    registers,
  });
  const misaddressed = new Counter({
    name: "rollguard_alerts_misaddressed_total",
    help: "Alerts that name another application than the address that they came to.",
    registers,
  });
  const decisions = new Counter({
    name: "rollguard_decisions_total",
    help: "Decisions by reason, and by the tier that was asked for.",
    labelNames: ["reason", "tier"],
    registers,
  });
  const durations = new Histogram({
    name: "rollguard_rollback_duration_seconds",
    help: "How long the phases of a rollback took: detect, decide, commit, verify, propagate.",
    labelNames: ["phase"],
    buckets: ROLLBACK_BUCKETS,
    registers,
  });
  const rollbacks = new Counter({
    name: "rollguard_rollbacks_total",
    help: "Verdicts on rollbacks, by tier: verified, unverified, escalated, failed.",
    labelNames: ["tier", "outcome"],
    registers,
  });
  const reconciled = new Counter({
    name: "rollguard_reconciled_total",
    help: "Alerts that Alertmanager's own list told of first: acted on, or ended.",
    labelNames: ["outcome"],
    registers,
  });
  const rollouts = new Counter({
    name: "rollguard_rollouts_total",
    help: "Rollouts that have ended, by how.",
    labelNames: ["outcome"],
    registers,
  });
  const notifications = new Counter({
    name: "rollguard_notifications_total",
    help: "Messages to people, by channel: delivered, failed (tried again), refused (somebody must mend it), dead.",
    labelNames: ["channel", "outcome"],
    registers,
  });
  const watchdog = new Gauge({
    name: "rollguard_watchdog_last_seen_timestamp_seconds",
    help: "When this responder last heard the Watchdog; only what it heard itself, since it was started.",
    labelNames: ["application"],
    registers,
  });
  const webhooks = new Histogram({
    name: "rollguard_webhook_duration_seconds",
    help: "From the request's first line until the reply is handed to the socket.",
    labelNames: ["code"],
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const reloaded = new Gauge({
    name: "rollguard_policy_reload_success",
    help: "1 if the last reading of the policies succeeded, 0 if the ones before it stay in force.",
    registers,
  });
  reloaded.set(1);
  new Gauge({
    name: "rollguard_clock_skew_seconds",
    help: "How far the store's clock is ahead of this machine's.",
    registers,
    collect() {
      const skew = clockSkew();
      // Without a value the gauge would tell of none.
      if (skew === null) this.remove();
      else this.set(skew / 1_000);
    },
  });

  return {
    contentType: registry.contentType,
    text: async () => {
      await refreshState();
      flags.show(await sampleFlags());
      return await registry.metrics();
    },
    recorder: {
      alertReceived: (status) => received.inc({ status }),
      alertsTruncated: (count) => truncated.inc(count),
      alertMisaddressed: () => misaddressed.inc(),
      decided: (reason, tier) => decisions.inc({ reason, tier: tier ?? "" }),
      rollbackTook: (phase, took) => took >= 0 && durations.observe({ phase }, took / 1_000),
      rollbackJudged: (tier, outcome) => rollbacks.inc({ tier, outcome }),
      reconciled: (outcome) => reconciled.inc({ outcome }),
      rolloutEnded: (outcome) => rollouts.inc({ outcome }),
      notified: (channel, outcome) => notifications.inc({ channel, outcome }),
      watchdogHeard: (application, at) => watchdog.set({ application }, at / 1_000),
    },
    storeObserver: createStoreObserver(registry),
    observeWebhook: (seconds, status) => webhooks.observe({ code: status }, seconds),
    policyReloaded: (success) => reloaded.set(success ? 1 : 0),
  };
}

function createStoreObserver(registry: Registry): StoreObserver {
  const registers = [registry];
  const lockWait = new Histogram({
    name: "rollguard_store_lock_wait_seconds",
    help: "How long a transaction waited for its application's lock.",
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const transaction = new Histogram({
    name: "rollguard_store_transaction_seconds",
    help: "From asking for the lock until the commit was answered.",
    buckets: REQUEST_BUCKETS,
    registers,
  });
  const conflicts = new Counter({
    name: "rollguard_store_conflicts_total",
    help: "Times that a lock was held by somebody else, or that a commit was refused.",
    registers,
  });
  return {
    lockWaited: (seconds) => lockWait.observe(seconds),
    transacted: (seconds) => transaction.observe(seconds),
    conflicted: () => conflicts.inc(),
  };
}
