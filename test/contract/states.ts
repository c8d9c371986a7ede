import type { Backup } from "../../src/domain/backup.ts";
import type { Bake } from "../../src/domain/bake.ts";
import type { FlagSetting } from "../../src/domain/flag.ts";
import type { PastRollback, Rollback } from "../../src/domain/rollback.ts";
import type { Rollout } from "../../src/domain/rollout.ts";
import type { Storm } from "../../src/domain/storm.ts";
import type { Unchanged } from "../../src/domain/unchanged.ts";
import type { Verification } from "../../src/domain/verification.ts";

/** A rollout that has something in every field. Maps are in it at several depths, each with this key. */
export function rolloutWith(key: string): Rollout {
  return {
    id: "ro-1-abc",
    plan: {
      name: key,
      description: "two steps",
      stages: [
        {
          name: "first",
          traffic: 12.5,
          flags: settingsWith(key),
          bake: 60_000,
          checkEvery: 10_000,
          gate: key,
          approval: true,
        },
        {
          name: "second",
          traffic: 100,
          flags: new Map(),
          bake: 120_000,
          checkEvery: 20_000,
          gate: "standard",
          approval: false,
        },
      ],
      stepEvery: 86_400_000,
      dangerous: true,
    },
    thresholds: new Map([
      [key, 0.75],
      ["p95_latency", 300],
    ]),
    attempt: 2,
    stage: 1,
    startedAt: 1_000,
    startedBy: "mia",
    stageStartedAt: 2_000,
    hold: { kind: "yellow", since: 3_000, why: [key, "slow"] },
    blind: { since: 4_000, missing: [`no data for ${key}`] },
    pausedAt: 5_000,
    outcome: "rolled_back",
    endedAt: 6_000,
    rollback: "rb-7",
    history: [{ stage: 1, traffic: 12.5, startedAt: 1_000, endedAt: 2_000, seen: 60_001 }],
    lastDecision: { at: 6_000, reason: "rolled_back", detail: `${key} is red`, actor: "clock" },
  };
}

export function bakeWith(key: string): Bake {
  return {
    needed: 60_000,
    seen: 30_000,
    checkEvery: 10_000,
    countFrom: null,
    nextSampleAt: 9,
    nextCheckAt: 70_000,
    lastGoodAt: 50_000,
    missing: [key],
    samples: new Map([
      [key, { count: 3, sum: 0.6000000000000001, min: -1.5, max: 1e300, recent: [0.1, 1e300, -1.5] }],
      ["empty", { count: 0, sum: 0, min: 0, max: 0, recent: [] }],
    ]),
  };
}

export function backupWith(key: string): Backup {
  return { takenAt: 9_000, revision: 4, settings: settingsWith(key), rollout: rolloutWith(key) };
}

export function unchangedWith(key: string): Unchanged {
  return {
    alert: key,
    reason: "duplicate",
    tier: "phase",
    rollback: "rb-1-abc",
    times: 3,
    firstAt: 1,
    lastAt: 5,
  };
}

/** A rollback that has something in every field. */
export function rollbackWith(key: string): Rollback {
  return {
    id: "rb-1-abc",
    tier: "phase",
    trigger: key,
    flags: [key, "cache"],
    suspects: [[key], ["cache", "router"]],
    startedAt: 1_000,
    escalatedAt: 2_000,
    startedBy: "reconcile",
    reason: `because of ${key}`,
    alertStartedAt: 500,
    receivedAt: 900,
    committedAt: 1_100,
    verifiedAt: 3_000,
    status: "unverified",
    firstRevision: 7,
  };
}

export function pastWith(key: string): PastRollback {
  return { ...rollbackWith(key), status: "verified", endedAt: 4_000, lastRevision: 9 };
}

export function verificationWith(key: string): Verification {
  return {
    since: 2_000,
    committedAt: 2_100,
    nextCheckAt: 50_000,
    looks: 5,
    good: 2,
    last: { at: 45_000, verdict: "bad", why: [key, `${key} is still true`] },
    propagation: [{ responder: key, clients: 12, reached: 9, elsewhere: 1, at: 2_300 }],
  };
}

export function stormWith(key: string): Storm {
  return { since: 5_000, until: 3_605_000, triggers: [key, "Slow"] };
}

function settingsWith(key: string): Map<string, FlagSetting> {
  return new Map([
    [key, { enabled: true, rolloutPercentage: 33.33 }],
    ["off", { enabled: false, rolloutPercentage: 0 }],
  ]);
}
