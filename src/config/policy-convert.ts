import { syntaxOf } from "../adapters/promql/syntax-of.ts";
import type { AlertRule, SuspectsPolicy, Trigger } from "../domain/alert.ts";
import { type DerivedFrom, derivedCriteria } from "../domain/derived-criteria.ts";
import type { FlagPolicies, FlagPolicy, FlagSetting } from "../domain/flag.ts";
import type { Gate, GateCriterion } from "../domain/gate.ts";
import type { MessageKind } from "../domain/message.ts";
import type { Plan } from "../domain/plan.ts";
import type { MetricPolicy, NotificationPolicy, Policy } from "../domain/policy.ts";
import type { TierPolicy } from "../domain/tier.ts";
import type { Duration } from "../domain/time.ts";
import { defaultGateOf, defaultPlanOf, finalGateOf } from "./policy-defaults.ts";
import { toCounted, toMetric } from "./policy-metric-convert.ts";
import type {
  WrittenAlert,
  WrittenGate,
  WrittenMetric,
  WrittenPolicy,
  WrittenStage,
} from "./policy-schema.ts";
import { toRamp, toTargeting } from "./policy-targeting-convert.ts";
import { toJudged, waitOf } from "./policy-trigger-convert.ts";

/** Turns a checked policy into the domain's words. */
export function toPolicy(written: WrittenPolicy): Policy {
  const { name, trafficFlag, title = name, job = name } = written.application;
  const { custom, ...plans } = written.plans;
  const flags = mapOf(written.flags, toFlag);
  const metrics = written.metrics.map(toMetric);
  const alerts = written.alerts.map((alert) => toAlert(alert, metrics, written.scrape.interval));
  const gate = defaultGateOf(written);
  const { rollout } = written;
  return {
    application: { name, title, job, trafficFlag },
    scrape: written.scrape,
    metrics,
    alerts,
    triggers: triggersOf(alerts),
    tiers: toTiers(written.tiers),
    flags,
    plans: mapOf(
      plans,
      (key, { description, dangerous, stepEvery = null, stages }): Plan => ({
        name: key,
        description,
        dangerous,
        stepEvery,
        stages: stages.map((stage, index) => ({
          name: stage.name ?? `stage ${index + 1}: ${stage.traffic} %`,
          traffic: stage.traffic,
          flags: flagsOfStage(stage, flags, trafficFlag),
          bake: stage.bake,
          checkEvery: stage.checkEvery,
          gate: stage.gate ?? gate,
          approval: stage.approval,
        })),
      }),
    ),
    customPlan: {
      checkEvery: custom.checkEvery,
      gate: custom.gate ?? gate,
      flags: new Map(Object.entries(custom.flags).map(([key, share]) => [key, settingOf(share)])),
    },
    gates: written.derivesGate
      ? withAlerts(toGates(written), { application: name, alerts, metrics })
      : toGates(written),
    verify: { ...written.verify, gate: written.verify.gate ?? gate },
    rollout: {
      ...rollout,
      defaultPlan: rollout.defaultPlan ?? defaultPlanOf(written),
      finalSuccess: { ...rollout.finalSuccess, gate: rollout.finalSuccess.gate ?? finalGateOf(written) },
    },
    rollbacks: written.rollbacks,
    serving: written.serving,
    ledger: written.ledger,
    notifications: toNotifications(written.notifications, name),
    contacts: written.contacts.map(({ email = null, ...contact }) => ({ ...contact, email })),
  };
}

function toFlag(key: string, flag: WrittenPolicy["flags"][string]): FlagPolicy {
  return {
    key,
    kind: flag.kind,
    enabled: flag.enabled,
    rolloutPercentage: flag.rolloutPercentage ?? (flag.enabled ? 100 : 0),
    phase: flag.phase ?? null,
    risk: flag.risk ?? null,
    parent: flag.parent ?? null,
    protected: flag.protected,
    description: flag.description,
    // The environment's: what the file says is the same everywhere.
    override: null,
    targeting: flag.targeting === undefined ? null : toTargeting(flag.targeting),
    ramp: flag.ramp === undefined ? null : toRamp(flag.ramp),
    safeValue: flag.safeValue ?? flag.protected,
  };
}

function toAlert(written: WrittenAlert, metrics: readonly MetricPolicy[], scrape: Duration): AlertRule {
  const { alert, rollback: tier, flags } = written;
  return {
    alert,
    ...toJudged(written, metrics, scrape),
    for: waitOf(written),
    keepFiringFor: written.keep_firing_for ?? null,
    labels: new Map(Object.entries(written.labels)),
    annotations: new Map(Object.entries(written.annotations)),
    trigger: tier === undefined ? null : { alert, tier, flags, suspects: toSuspects(written) },
    blind: written.blind,
  };
}

function toSuspects(written: WrittenAlert): SuspectsPolicy | null {
  const { suspects } = written;
  return suspects === undefined ? null : { ...suspects, pending: waitOf(written) };
}

function triggersOf(alerts: readonly AlertRule[]): Map<string, Trigger> {
  const triggers = new Map<string, Trigger>();
  for (const { trigger } of alerts) if (trigger !== null) triggers.set(trigger.alert, trigger);
  return triggers;
}

function toTiers(tiers: WrittenPolicy["tiers"]): Policy["tiers"] {
  const nothing = { phases: [], flags: [], trafficCap: null, killSwitch: false };
  return {
    flag: { name: "flag", ...nothing, ...tiers.flag },
    stage: { name: "stage", ...nothing, ...tiers.stage },
    phase: { name: "phase", ...tiers.phase },
    "safe-state": { name: "safe-state", ...tiers["safe-state"] },
    emergency: { name: "emergency", ...tiers.emergency },
  } satisfies Record<string, TierPolicy>;
}

function flagsOfStage(
  stage: WrittenStage,
  flags: FlagPolicies,
  trafficFlag: string,
): Map<string, FlagSetting> {
  const settings = new Map<string, FlagSetting>();
  for (const flag of flags.values()) {
    const percentage = flag.phase === null ? undefined : stage.phases[String(flag.phase)];
    if (percentage !== undefined && flag.kind === "release" && flag.key !== trafficFlag)
      settings.set(flag.key, settingOf(percentage));
  }
  for (const [key, percentage] of Object.entries(stage.flags)) settings.set(key, settingOf(percentage));
  return settings;
}

function settingOf(percentage: number): FlagSetting {
  return { enabled: percentage > 0, rolloutPercentage: percentage };
}

function toGates(written: WrittenPolicy): Map<string, Gate> {
  const gates = new Map(Object.entries(written.gates));
  const metrics = new Map(written.metrics.map((metric) => [metric.record, metric]));
  return mapOf(written.gates, (name, gate): Gate => {
    const base = gate.extends === undefined ? undefined : gates.get(gate.extends);
    const criteria = new Map([...criteriaOf(base, metrics), ...criteriaOf(gate, metrics)]);
    const { holdFor, settle, notEnough } = gate;
    return {
      name,
      criteria: [...criteria.values()],
      holdFor,
      ...(settle > 0 ? { settle } : {}),
      ...(notEnough.after === undefined ? {} : { notEnoughAfter: notEnough.after }),
    };
  });
}

/** A policy without gates is judged by its own alerts. */
function withAlerts(gates: ReadonlyMap<string, Gate>, from: Omit<DerivedFrom, "read">): Map<string, Gate> {
  const derived = derivedCriteria({ ...from, read: syntaxOf });
  return new Map(
    [...gates].map(([name, gate]) => [name, { ...gate, criteria: [...derived, ...gate.criteria] }]),
  );
}

function criteriaOf(
  gate: WrittenGate | undefined,
  metrics: ReadonlyMap<string, WrittenMetric>,
): Map<string, GateCriterion> {
  return mapOf(gate?.criteria ?? {}, (metric, written): GateCriterion => {
    const { expr = null, red = null, checksInARow, source, green } = written;
    const sustained = checksInARow === undefined ? written.sustained : { checksInARow };
    const criterion = { metric, expr, source, green, red, sustained };
    const counted = toCounted(metrics.get(metric), written);
    return counted === undefined ? criterion : { ...criterion, counted };
  });
}

function toNotifications(written: WrittenPolicy["notifications"], application: string): NotificationPolicy {
  return {
    ...written,
    slack: { ...written.slack, channel: written.slack.channel ?? `#${application}-alerts` },
    pagerduty: { ...written.pagerduty, service: written.pagerduty.service ?? application },
    routes: written.routes.flatMap(({ on, slack, ...route }) =>
      on.map((occasion) => ({
        on: occasion,
        slack: slack !== false,
        slackChannel: typeof slack === "string" ? slack : null,
        ...route,
      })),
    ),
    templates: new Map(Object.entries(written.templates) as [MessageKind, string][]),
  };
}

function mapOf<A, B>(
  record: Readonly<Record<string, A>>,
  convert: (key: string, value: A) => B,
): Map<string, B> {
  return new Map(Object.entries(record).map(([key, value]) => [key, convert(key, value)]));
}
