import {
  type DailySummary,
  type DailySummaryParts,
  dailySummaryOf,
} from "../../../src/app/notify/daily-summary.ts";
import type { FiringAlert } from "../../../src/domain/alert.ts";
import type { LedgerEvent } from "../../../src/domain/event.ts";
import type { PastRollback } from "../../../src/domain/rollback.ts";
import type { Rollout } from "../../../src/domain/rollout.ts";
import { type ApplicationState, emptyState } from "../../../src/domain/state.ts";
import type { Unchanged } from "../../../src/domain/unchanged.ts";
import { policyOf } from "../../support/policies.ts";
import { HOUR, steps } from "../../support/policies-rollout.ts";

export const NOW = Date.UTC(2026, 2, 15, 9);

const policy = policyOf({
  flags: [
    { key: "cache", phase: 6 },
    { key: "search", override: false },
    { key: "llm", phase: 2 },
  ],
  plans: [steps],
});

export const summaryOf = (
  state: Partial<ApplicationState> = {},
  over: Partial<DailySummaryParts> = {},
): DailySummary =>
  dailySummaryOf({
    policy,
    state: { ...emptyState(), ...state },
    events: [],
    lacking: null,
    deadLetters: 0,
    day: "2026-03-15",
    now: NOW,
    production: true,
    externalUrl: null,
    ...over,
  });

export function eventOf(
  reason: LedgerEvent["reason"],
  hoursAgo: number,
  over: Partial<LedgerEvent> = {},
): LedgerEvent {
  return {
    revision: 1,
    at: NOW - hoursAgo * HOUR,
    actor: "alertmanager",
    reason,
    rollback: null,
    tier: null,
    alert: null,
    flags: [],
    traffic: null,
    ended: false,
    rollout: null,
    gate: [],
    detail: null,
    unchanged: [],
    ...over,
  };
}

export const alertOf = (name: string): NonNullable<LedgerEvent["alert"]> => ({
  fingerprint: name,
  name,
  startsAt: 0,
  labels: {},
});

export const unchangedOf = (
  alert: string,
  reason: Unchanged["reason"],
  times: number,
  hoursAgo: number,
): Unchanged => ({
  alert,
  reason,
  tier: null,
  rollback: null,
  times,
  firstAt: 0,
  lastAt: NOW - hoursAgo * HOUR,
});

export function rollbackOf(over: Partial<PastRollback> = {}): PastRollback {
  return {
    id: "rb-7-x",
    tier: "phase",
    trigger: "Slow",
    flags: [],
    suspects: [],
    startedAt: NOW - 3 * HOUR,
    escalatedAt: null,
    startedBy: "alertmanager",
    reason: null,
    alertStartedAt: null,
    receivedAt: null,
    committedAt: null,
    verifiedAt: null,
    status: "verified",
    firstRevision: 7,
    endedAt: NOW - 2 * HOUR,
    lastRevision: 9,
    ...over,
  };
}

export function rolloutOf(over: Partial<Rollout> = {}): Rollout {
  return {
    id: "ro-3-x",
    plan: steps,
    thresholds: new Map(),
    attempt: 1,
    stage: 1,
    startedAt: NOW - 5 * HOUR,
    startedBy: "ada",
    stageStartedAt: NOW - HOUR,
    hold: null,
    blind: null,
    pausedAt: null,
    outcome: null,
    endedAt: null,
    rollback: null,
    history: [{ stage: 1, traffic: 10, startedAt: 0, endedAt: 1, seen: 1 }],
    lastDecision: { at: NOW - HOUR, reason: "promoted", detail: "all green", actor: "clock" },
    ...over,
  };
}

export const firing = (name: string): FiringAlert => ({
  fingerprint: name,
  name,
  tier: "phase",
  startsAt: 0,
  receivedAt: 0,
});
