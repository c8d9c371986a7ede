import type { DailySummary } from "../../../../src/app/notify/daily-summary.ts";
import type { Contact } from "../../../../src/domain/policy.ts";
import { STARTED_AT, SUBJECT } from "../../../support/sample-incidents.ts";

export const CONTACTS: readonly Contact[] = [
  { role: "Deployment Lead", name: "Cora", email: "cora@genesis.example", escalation: "" },
  { role: "On-Call Engineer", name: "Thon", email: "thon@genesis.example", escalation: "at any time" },
  { role: "Security Lead", name: "Hudson", email: null, escalation: "" },
];

const HOUR = 3_600_000;

/** A day on which nothing went wrong. */
export function quietDay(over: Partial<DailySummary> = {}): DailySummary {
  return {
    application: "genesis",
    title: "Genesis",
    production: true,
    day: "2026-03-15",
    from: STARTED_AT - HOUR,
    to: STARTED_AT + 23 * HOUR,
    status: "NO ROLLOUT",
    traffic: 0,
    rollout: null,
    rolloutSteps: [],
    rollbacks: [],
    keptBack: [],
    alerts: [],
    decisions: [],
    quarantine: [],
    waiting: [],
    overrides: [],
    deadLetters: 0,
    lacking: null,
    console: "https://rollguard.example.com",
    ...over,
  };
}

/** A day on which everything happened that a summary tells of. */
export function badDay(over: Partial<DailySummary> = {}): DailySummary {
  return quietDay({
    status: "ROLLED BACK",
    traffic: 30,
    rollout: {
      id: "ro-388-p7x2aa",
      plan: "hybrid",
      status: "rolled_back",
      stage: 2,
      stages: 6,
      stageName: "production flags",
      completed: 17,
      lastDecision: "rolled back by ErrorRateSpike (phase)",
    },
    rolloutSteps: [
      { at: STARTED_AT - HOUR / 2, text: "stage 1 of 6 promoted: all green for 8h" },
      { at: STARTED_AT, text: "rolled back by ErrorRateSpike (phase)" },
    ],
    rollbacks: [
      {
        id: SUBJECT,
        at: STARTED_AT,
        tier: "phase",
        trigger: "ErrorRateSpike",
        flags: 2,
        traffic: { before: 60, after: 30 },
        outcome: "it has helped, over after 25m",
      },
    ],
    keptBack: [
      { alert: "ErrorRateSpike", why: "cooldown", times: 3, isFiring: true },
      { alert: "LatencyExtreme", why: "unrelated", times: 1, isFiring: false },
    ],
    alerts: [
      { alert: "ErrorRateSpike", times: 5 },
      { alert: "LatencyExtreme", times: 1 },
    ],
    decisions: [
      { reason: "cooldown", times: 3 },
      { reason: "rolled_back", times: 1 },
      { reason: "verified", times: 1 },
    ],
    quarantine: [{ rollback: SUBJECT, flags: ["darwin_integration_enabled", "a2a_integration_enabled"] }],
    waiting: [
      "ErrorRateSpike: firing, and nothing was turned down for it: look at it yourself.",
      `darwin_integration_enabled, a2a_integration_enabled cannot be raised until the cause of ${SUBJECT} is mended: rollguard acknowledge ${SUBJECT} --reason "…".`,
      "2 messages could not be delivered and were given up: rollguard outbox list",
    ],
    overrides: [{ flag: "aatc_system_enabled", on: false, variable: "AATC_SYSTEM_ENABLED" }],
    deadLetters: 2,
    lacking:
      "the ledger has more than 20000 events of this time: those before 2026-03-15T02:00:00.000Z are left out",
    ...over,
  });
}
