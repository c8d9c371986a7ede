import { parseDocument } from "yaml";
import { stackPolicy } from "../../test/support/stack-policy.ts";

export interface DemoPolicyOptions {
  /** `host:port` of each job that is scraped. */
  readonly addresses: ReadonlyMap<string, string>;
  /** Whether a Prometheus will tell if a rollback has helped. */
  readonly verified: boolean;
}

/** The plan that the demo deploys. */
export const PLAN = "demo";
/** The shares that its last stage raises things to. */
export const RAISED = {
  traffic: 60,
  features: [
    "sglang_router_enabled",
    "vllm_caching_enabled",
    "openenv_enabled",
    "longcontext_profiles_enabled",
  ],
  percentage: 50,
};

/** Looks at what the policy's own gate does. Its limit of the latency is for servers, not for a busy laptop. */
const GATE = "demo";
const gate = { extends: "standard", criteria: { p95_latency: { green: "< 2000", red: "> 5000" } } };
/** The alerts that one of the sample application's faults fires. */
const TRIGGERS = ["ErrorRateSpike", "LatencyExtreme", "TestPassRateCritical", "ServiceDown"];
/** Long enough to be seen pending. */
const FOR = "3s";
/** A busy laptop is as slow as the fault for some seconds too. */
const FOR_LATENCY = "20s";

/** The shipped policy with other addresses, times of seconds instead of minutes, and one plan more. */
export function demoPolicy(text: string, { addresses, verified }: DemoPolicyOptions): string {
  const hastened = stackPolicy(text, { turnedOn: new Map(), addresses, quick: TRIGGERS });
  const document = parseDocument(hastened);
  const alerts = (document.toJS() as { alerts: { alert: string }[] }).alerts;
  for (const [index, { alert }] of alerts.entries()) {
    if (!TRIGGERS.includes(alert)) continue;
    document.setIn(["alerts", index, "for"], alert === "LatencyExtreme" ? FOR_LATENCY : FOR);
  }
  const verify = verified
    ? { startAfter: "2s", checkEvery: "1s", goodChecksInARow: 3, giveUpAfter: "25s" }
    : // Nobody can be asked, so there is nothing to wait for.
      { startAfter: "1s", checkEvery: "1s", goodChecksInARow: 3, giveUpAfter: "4s" };
  document.setIn(["verify"], document.createNode({ ...verify, gate: GATE }));
  document.setIn(["plans", PLAN], document.createNode(plan()));
  document.setIn(["gates", GATE], document.createNode(gate));
  return document.toString();
}

function plan(): object {
  const flags = Object.fromEntries(RAISED.features.map((key) => [key, RAISED.percentage]));
  return {
    description: "Two stages. The first one bakes for seconds, the last one for longer than the demo lasts.",
    stages: [
      { name: "The new system", traffic: 30, bake: "6s", checkEvery: "1s", gate: GATE },
      { name: "Its new features", traffic: RAISED.traffic, bake: "10m", checkEvery: "1m", gate: GATE, flags },
    ],
  };
}
