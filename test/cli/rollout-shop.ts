import { describeApplication } from "../../src/app/describe-application.ts";
import type { ServedApplication } from "../../src/cli/answers.ts";
import { applicationLines } from "../../src/cli/text/application-text.ts";
import type { Scene } from "../../src/cli/text/scene.ts";
import { styleOf } from "../../src/cli/text/style.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";
import { NOW, policiesFrom } from "./cli-server.ts";

/** The smallest policy with rollouts: an approval, a dangerous plan, a gate of two criteria. */
export const ROLLOUT_SHOP = `application: { name: shop, trafficFlag: checkout }
tiers:
  phase: { phases: [6], trafficCap: 30 }
  safe-state: { phases: [6], trafficCap: 0 }
flags:
  checkout: { enabled: false, phase: 4 }
  cache: { enabled: false, phase: 6 }
  audit: { enabled: true, protected: true }
metrics:
  - { record: errors, expr: errors_total, unit: percent }
  - { record: latency, expr: latency_seconds, unit: milliseconds }
alerts:
  - { alert: ErrorsSpike, expr: errors > 5, rollback: safe-state }
plans:
  steady:
    stages:
      - { name: A few, traffic: 10, bake: 1h, checkEvery: 10m }
      - { name: Half, traffic: 50, bake: 2h, checkEvery: 10m, flags: { cache: 50 }, approval: true }
      - { name: All, traffic: 100, bake: 8h, checkEvery: 1h, flags: { cache: 100 } }
  at-once:
    dangerous: true
    stages: [{ name: Everybody, traffic: 100, bake: 60s, checkEvery: 10s }]
  custom: { checkEvery: 30s }
gates:
  standard:
    holdFor: 3h
    criteria:
      errors: { green: "< 1", red: "> 5" }
      latency: { green: "< 200", sustained: average }
rollout: { defaultPlan: steady, thresholds: { error: errors, latency: latency } }
`;

export interface Shop {
  readonly policy: Policy;
  readonly plan: Plan;
  readonly simulator: RolloutSimulator;
  view(): ServedApplication;
}

/** An application in virtual time that begins at `NOW`, without a server. */
export async function shopInVirtualTime(text = ROLLOUT_SHOP): Promise<Shop> {
  const [policy] = await policiesFrom(text);
  const plan = policy?.plans.get("steady");
  if (policy === undefined || plan === undefined) throw new Error("the shop has a policy and a plan");
  const simulator = new RolloutSimulator({ policy, now: NOW });
  return {
    policy,
    plan,
    simulator,
    view: () => describeApplication(policy, simulator.state, simulator.now),
  };
}

const TERMINAL = { columns: () => 120, rows: () => 40 };

/** As `status` shows an application, on a terminal of 120 columns. */
export function shownOn(
  environment: Readonly<Record<string, string>>,
  view: ServedApplication,
  now: number,
  more: Partial<Scene> = {},
): string {
  const io = {
    terminal: TERMINAL,
    environment,
    stdout: () => undefined,
    stderr: () => undefined,
    untilStopped: async () => "",
    onHangup: () => undefined,
  };
  const scene: Scene = {
    style: styleOf(io),
    now,
    askedAt: now,
    several: false,
    timelines: new Map(),
    ...more,
  };
  return applicationLines(view, scene).join("\n");
}
