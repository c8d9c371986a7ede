import type { Policy } from "../../domain/policy.ts";
import type { Instant } from "../../domain/time.ts";
import type { Incident } from "./incident.ts";

export interface SampleOptions {
  readonly policy: Policy;
  readonly now: Instant;
  readonly production: boolean;
  readonly externalUrl: string | null;
}

/** An incident that there is not, to see how a real one would look. Whoever sends it says so. */
export function sampleIncident({ policy, now, production, externalUrl }: SampleOptions): Incident {
  const { application, triggers } = policy;
  const [flag] = [...policy.flags.values()].filter((one) => one.kind === "release" && !one.protected);
  const name = [...triggers.keys()][0] ?? "ErrorRateSpike";
  const before = { enabled: true, rolloutPercentage: 100 };
  const after = { enabled: false, rolloutPercentage: 0 };
  return {
    application: application.name,
    title: application.title,
    production,
    subject: `test-${now.toString(36)}`,
    kind: "rollback",
    status: "open",
    headline: `Rolled back (flag): ${name}`,
    tier: "flag",
    startedAt: now,
    endedAt: null,
    alert: {
      name,
      startsAt: now - 20_000,
      labels: { alertname: name, application: application.name },
      summary: "A sample: nothing is firing, and nothing was turned down",
      description: null,
      value: null,
    },
    alsoFiring: [],
    absorbed: 0,
    flags: flag === undefined ? [] : [{ flag: flag.key, before, after }],
    traffic: null,
    took: { toRollBack: 20, toVerify: null },
    steps: [{ at: now, kind: "rolled_back", text: `flag: ${name} is firing (a sample)` }],
    todo: ["Nothing: this is a test of the notifications."],
    links: { console: externalUrl, dashboard: null, runbook: null },
    rollback: null,
  };
}
