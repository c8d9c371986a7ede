import { describeRollback, type RollbackTimeline } from "../../src/app/describe-rollback.ts";
import type { PastRollback, Rollback } from "../../src/domain/rollback.ts";
import type { TierName } from "../../src/domain/tier.ts";
import type { Instant } from "../../src/domain/time.ts";

interface Began {
  readonly id: string;
  readonly tier: TierName;
  readonly trigger: string;
  readonly alertStartedAt: Instant;
  readonly startedAt: Instant;
}

/** The timeline of a rollback that was committed 0.4 s after its decision and reached all of its 12 clients; without events. */
export function sampleTimeline(
  began: Began,
  over: Partial<Pick<PastRollback, "status" | "escalatedAt" | "verifiedAt" | "endedAt">> = {},
): RollbackTimeline {
  const { startedAt, alertStartedAt } = began;
  const rollback: Rollback = {
    ...began,
    flags: [],
    suspects: [],
    escalatedAt: null,
    startedBy: "alertmanager",
    reason: null,
    receivedAt: startedAt - 100,
    committedAt: startedAt + 400,
    verifiedAt: null,
    status: "verifying",
    firstRevision: 412,
    ...over,
  };
  const { verifiedAt } = rollback;
  return {
    ...describeRollback(rollback),
    durations: {
      detected: (startedAt - 100 - alertStartedAt) / 1_000,
      decided: 0.1,
      committed: 0.4,
      propagated: 0.2,
      verified: verifiedAt && (verifiedAt - startedAt) / 1_000,
      total: verifiedAt && (verifiedAt - alertStartedAt) / 1_000,
    },
    propagation: { clients: 12, reached: 12, seconds: 0.2, waitedSeconds: 10 },
    budgetSeconds: 120,
    verification: null,
    events: [],
  };
}
