import type { Trigger } from "../../src/domain/alert.ts";
import type { FlagPolicy } from "../../src/domain/flag.ts";
import type { Bound, Gate, GateCriterion, Sustained } from "../../src/domain/gate.ts";
import type { Plan, Stage } from "../../src/domain/plan.ts";
import type {
  LedgerPolicy,
  Policy,
  RollbackLimits,
  RolloutPolicy,
  VerifyPolicy,
} from "../../src/domain/policy.ts";
import type { TierName, TierPolicy } from "../../src/domain/tier.ts";

type Partials = {
  readonly application?: string;
  readonly job?: string;
  readonly flags?: readonly (Partial<FlagPolicy> & { key: string })[];
  readonly triggers?: readonly (Partial<Trigger> & { alert: string; tier: TierName })[];
  readonly tiers?: Partial<Record<TierName, Partial<TierPolicy>>>;
  readonly plans?: readonly Plan[];
  readonly gates?: readonly Gate[];
  readonly rollout?: Partial<RolloutPolicy>;
  readonly verify?: Partial<VerifyPolicy>;
  readonly rollbacks?: Partial<RollbackLimits>;
  readonly ledger?: Partial<LedgerPolicy>;
};

const MINUTE = 60_000;

function flagOf(partial: Partial<FlagPolicy> & { key: string }): FlagPolicy {
  return {
    kind: "release",
    enabled: true,
    rolloutPercentage: 100,
    phase: null,
    risk: null,
    parent: null,
    protected: false,
    description: "",
    override: null,
    targeting: null,
    ramp: null,
    safeValue: false,
    ...partial,
  };
}

/** The shares of its stages make a plan; what is not said of one is short and simple. */
export function planOf(name: string, stages: readonly Partial<Stage>[], more: Partial<Plan> = {}): Plan {
  return {
    name,
    description: "",
    stages: stages.map((stage, index) => ({
      name: `stage ${index + 1}`,
      traffic: 100,
      flags: new Map(),
      bake: 60 * MINUTE,
      checkEvery: 10 * MINUTE,
      gate: "standard",
      approval: false,
      ...stage,
    })),
    stepEvery: null,
    dangerous: false,
    ...more,
  };
}

/** Bounds as people write them: `criterionOf("error_rate", "< 0.1", "> 1")`. */
export function criterionOf(
  metric: string,
  green: string,
  red: string | null = null,
  sustained: Sustained = "whole-bake",
): GateCriterion {
  const source = "prometheus";
  return {
    metric,
    expr: null,
    source,
    green: boundOf(green),
    red: red === null ? null : boundOf(red),
    sustained,
  };
}

function boundOf(written: string): Bound {
  const [comparison, value] = written.split(" ");
  return { comparison: comparison as Bound["comparison"], value: Number(value) };
}

/** A policy as small as a test needs it; the flag `traffic` is always there and is the traffic flag. */
export function policyOf({
  application = "shop",
  job,
  flags = [],
  triggers = [],
  tiers = {},
  plans = [],
  gates = [],
  rollout = {},
  verify = {},
  rollbacks = {},
  ledger = {},
}: Partials): Policy {
  const all = [flagOf({ key: "traffic" }), ...flags.map(flagOf)];
  return {
    application: { name: application, title: application, job: job ?? application, trafficFlag: "traffic" },
    scrape: { interval: 5_000, timeout: 4_000, evaluationInterval: 15_000, targets: [] },
    metrics: [],
    alerts: [],
    triggers: new Map(triggers.map((trigger) => [trigger.alert, { flags: [], suspects: null, ...trigger }])),
    tiers: {
      flag: tierOf("flag", tiers),
      stage: tierOf("stage", tiers),
      phase: tierOf("phase", tiers),
      "safe-state": tierOf("safe-state", tiers),
      emergency: tierOf("emergency", tiers),
    },
    flags: new Map(all.map((flag) => [flag.key, flag])),
    plans: new Map(plans.map((plan) => [plan.name, plan])),
    customPlan: { flags: new Map(), checkEvery: 30_000, gate: "standard" },
    gates: new Map(gates.map((gate) => [gate.name, gate])),
    verify: {
      startAfter: 45_000,
      checkEvery: 5_000,
      goodChecksInARow: 3,
      giveUpAfter: 2 * MINUTE,
      gate: "standard",
      ...verify,
    },
    rollout: {
      defaultPlan: "safe",
      retryFromStage: 1,
      watchdogTimeout: 5 * MINUTE,
      afterBlindness: "continue",
      thresholds: { error: "error_rate", latency: "p95_latency" },
      finalSuccess: { traffic: 100, stableFor: 48 * 60 * MINUTE, gate: "standard" },
      ...rollout,
    },
    rollbacks: {
      stormBreaker: { rollbacks: 3, within: 60 * MINUTE },
      cooldown: 0,
      holdDown: 0,
      alertmanagerPeers: 1,
      maxTimeToRollback: 2 * MINUTE,
      actOnSilenced: false,
      ...rollbacks,
    },
    serving: { maxStale: 60 * MINUTE },
    ledger: { keepFor: 400 * 24 * 60 * MINUTE, keepEvents: 100_000, ...ledger },
    notifications: {
      timeZone: "UTC",
      rollbacksToldBy: "both",
      slack: { channel: "", incidentChannel: "" },
      pagerduty: { service: "", resolveOn: "either" },
      email: { to: [], dailySummaryAt: "09:00" },
      routes: [],
      templates: new Map(),
      stakeholders: { to: [], within: 15 * MINUTE, every: 60 * MINUTE, reportWithin: 24 * 60 * MINUTE },
    },
    contacts: [],
  };
}

function tierOf(name: TierName, tiers: Partials["tiers"] = {}): TierPolicy {
  return {
    name,
    phases: [],
    flags: [],
    trafficCap: null,
    killSwitch: false,
    pages: false,
    budget: 2 * MINUTE,
    ...tiers[name],
  };
}
