import type { z } from "zod";
import { gatesSchema, plansSchema } from "./policy-plan-schema.ts";
import type { SchemaOutput, WrittenGates, WrittenPlans, WrittenPolicy } from "./policy-schema.ts";

/** Fills in the sections that depend on other sections. */
export function withDefaults(policy: SchemaOutput): WrittenPolicy {
  return {
    ...policy,
    plans: policy.plans ?? defaultPlans(),
    gates: policy.gates ?? defaultGates(policy),
    derivesGate: policy.gates === undefined,
  };
}

/** Plans that move the traffic flag and nothing else suit every application. */
function defaultPlans(): WrittenPlans {
  const day = { bake: "24h", checkEvery: "1h" };
  return plansSchema.parse({
    safe: {
      description: "Seven days, one step a day.",
      stepEvery: "24h",
      stages: [
        { traffic: 5, bake: "8h", checkEvery: "1h" },
        { traffic: 10, bake: "12h", checkEvery: "2h" },
        { traffic: 25, bake: "16h", checkEvery: "4h" },
        { traffic: 50, bake: "20h", checkEvery: "6h" },
        { traffic: 75, bake: "20h", checkEvery: "8h" },
        { traffic: 100, bake: "24h", checkEvery: "12h" },
      ],
    },
    fast: {
      description: "Three days.",
      stages: [
        { traffic: 25, ...day },
        { traffic: 50, ...day },
        { traffic: 100, ...day },
      ],
    },
    instant: {
      description: "Everybody at once.",
      dangerous: true,
      stages: [{ traffic: 100, bake: "60s", checkEvery: "10s" }],
    },
  } satisfies z.input<typeof plansSchema>);
}

/** What the policy's alerts say of it is added once they are in the domain's words. */
function defaultGates(policy: SchemaOutput): WrittenGates {
  const usual = Object.entries(USUAL_CRITERIA).filter(([metric]) => isUsual(policy, metric));
  return gatesSchema.parse({
    standard: {
      criteria: {
        ...Object.fromEntries(usual),
        critical_alerts: { source: "alertmanager", green: "== 0", red: ">= 3" },
      },
    },
  } satisfies z.input<typeof gatesSchema>);
}

type Criteria = NonNullable<z.input<typeof gatesSchema>[string]["criteria"]>;

/** Judged when the policy has a metric of that name, and no alert that says of it what is bad. */
const USUAL_CRITERIA: Criteria = {
  error_rate: { green: "< 0.1", red: "> 1.0" },
  p95_latency: { green: "< 200", red: "> 500" },
  test_pass_rate: { green: ">= 98", red: "< 95", checksInARow: 6 },
};

function isUsual({ metrics, alerts }: SchemaOutput, name: string): boolean {
  const metric = metrics.find(({ record }) => record === name);
  const isCounted = metric?.ratio !== undefined || metric?.latency !== undefined;
  if (metric === undefined || (isCounted && name === "test_pass_rate")) return false;
  const isAbout = ({ metric, expr = "" }: (typeof alerts)[number]): boolean =>
    metric === name || new RegExp(`\\b${name}\\b`).test(expr);
  return !alerts.some((alert) => !alert.blind && isAbout(alert));
}

export const defaultGateOf = (policy: WrittenPolicy): string => preferred("standard", policy.gates);

export const finalGateOf = (policy: WrittenPolicy): string =>
  Object.hasOwn(policy.gates, "final-success") ? "final-success" : defaultGateOf(policy);

export function defaultPlanOf({ plans: { custom: _, ...named } }: WrittenPolicy): string {
  return preferred("safe", named);
}

function preferred(name: string, named: Readonly<Record<string, unknown>>): string {
  return Object.hasOwn(named, name) ? name : (Object.keys(named)[0] ?? name);
}
