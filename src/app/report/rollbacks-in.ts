import type { LedgerEvent } from "../../domain/event.ts";
import type { RollbackStatus } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { TierName } from "../../domain/tier.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { Span } from "./measure-series.ts";
import type { RollbackFacts } from "./report.ts";

/** A rollback as the ledger tells of it, whether or not it is remembered. */
export interface ToldRollback {
  readonly id: string;
  readonly first: LedgerEvent;
  readonly tier: TierName | null;
  readonly trigger: string;
  readonly status: RollbackStatus;
  readonly endedAt: number | null;
  /** How often it was made more severe. */
  readonly escalations: number;
  readonly isAutomatic: boolean;
}

const BEGUN: ReadonlySet<LedgerEvent["reason"]> = new Set(["rolled_back", "already_rolled_back"]);

/** Those that began in the time, the oldest first, with what became of them until now. */
export function rollbacksIn(
  events: readonly LedgerEvent[],
  state: ApplicationState,
  { from, to }: Span,
): ToldRollback[] {
  return events
    .filter((event) => BEGUN.has(event.reason) && event.at >= from && event.at <= to)
    .flatMap((first) => (first.rollback === null ? [] : [toldOf(first.rollback, first, events, state)]));
}

function toldOf(
  id: string,
  first: LedgerEvent,
  events: readonly LedgerEvent[],
  state: ApplicationState,
): ToldRollback {
  const own = events.filter(({ rollback }) => rollback === id);
  const known = state.rollback?.id === id ? state.rollback : state.past.find((each) => each.id === id);
  const verdict = own.findLast(({ reason }) => VERDICTS.has(reason));
  const escalations = own.filter(({ reason }) => reason === "escalated").length;
  const isOperators = first.alert === null && known?.trigger !== "gate" && first.gate.length === 0;
  return {
    id,
    first,
    tier: known?.tier ?? own.findLast(({ reason }) => reason === "escalated")?.tier ?? first.tier,
    trigger: known?.trigger ?? first.alert?.name ?? (isOperators ? "operator" : "gate"),
    status: known?.status ?? VERDICTS.get(verdict?.reason ?? "rolled_back") ?? "verifying",
    endedAt: own.find(({ ended }) => ended)?.at ?? null,
    escalations,
    isAutomatic: !isOperators,
  };
}

/** After a failed verification another tier follows, or none is left. */
const VERDICTS = new Map<LedgerEvent["reason"], RollbackStatus>([
  ["verified", "verified"],
  ["unverified", "unverified"],
  ["verification_failed", "failed"],
  ["escalated", "verifying"],
]);

export function factsOfRollback(rollback: ToldRollback): RollbackFacts {
  const { id, tier, trigger, first, endedAt, status } = rollback;
  return {
    id,
    tier: tier ?? "unknown",
    trigger,
    startedAt: rfc3339(first.at),
    endedAt: endedAt === null ? null : rfc3339(endedAt),
    status,
  };
}
