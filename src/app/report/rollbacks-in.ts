import type { LedgerEvent } from "../../domain/event.ts";
import type { PastRollback, Rollback, RollbackStatus } from "../../domain/rollback.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { TierName } from "../../domain/tier.ts";
import type { Instant } from "../../domain/time.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { Span } from "./measure-series.ts";
import type { RollbackFacts } from "./report.ts";

/** A rollback as it is remembered, or else as the ledger tells of it. */
export interface ToldRollback {
  readonly id: string;
  /** Null: the ledger's part that was read does not have it. */
  readonly first: LedgerEvent | null;
  readonly startedAt: Instant;
  readonly tier: TierName | null;
  readonly trigger: string;
  readonly status: RollbackStatus | "ended";
  readonly endedAt: Instant | null;
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
  const known = new Map(
    [...state.past, ...(state.rollback === null ? [] : [state.rollback])].map((each) => [each.id, each]),
  );
  const firsts = new Map<string, LedgerEvent>();
  for (const event of events)
    if (BEGUN.has(event.reason) && event.rollback !== null && !firsts.has(event.rollback))
      firsts.set(event.rollback, event);
  return [...new Set([...known.keys(), ...firsts.keys()])]
    .flatMap((id) => toldOf(id, firsts.get(id) ?? null, known.get(id) ?? null, events))
    .filter(({ startedAt }) => startedAt >= from && startedAt <= to)
    .sort((a, b) => a.startedAt - b.startedAt);
}

function toldOf(
  id: string,
  first: LedgerEvent | null,
  known: Rollback | PastRollback | null,
  events: readonly LedgerEvent[],
): ToldRollback[] {
  const startedAt = known?.startedAt ?? first?.at;
  if (startedAt === undefined) return [];
  const own = events.filter(({ rollback }) => rollback === id);
  const verdict = own.findLast(({ reason }) => VERDICTS.has(reason));
  const told = own.filter(({ reason }) => reason === "escalated").length;
  const escalations = Math.max(told, known === null || known.escalatedAt === null ? 0 : 1);
  const isOperators =
    first === null
      ? known?.trigger === "operator"
      : first.alert === null && known?.trigger !== "gate" && first.gate.length === 0;
  const endedAt = known === null ? (own.find(({ ended }) => ended)?.at ?? null) : endOf(known);
  const status = known?.status ?? VERDICTS.get(verdict?.reason ?? "rolled_back") ?? "verifying";
  return [
    {
      id,
      first,
      startedAt,
      tier: known?.tier ?? own.findLast(({ reason }) => reason === "escalated")?.tier ?? first?.tier ?? null,
      trigger: known?.trigger ?? first?.alert?.name ?? (isOperators ? "operator" : "gate"),
      status: status === "verifying" && endedAt !== null ? "ended" : status,
      endedAt,
      escalations,
      isAutomatic: !isOperators,
    },
  ];
}

function endOf(rollback: Rollback | PastRollback): Instant | null {
  return "endedAt" in rollback ? rollback.endedAt : null;
}

/** By itself it ends with a verdict: a person has ended it. */
export function isEndedUnjudged(rollback: Rollback | PastRollback): boolean {
  return rollback.status === "verifying" && endOf(rollback) !== null;
}

/** After a failed verification another tier follows, or none is left. */
const VERDICTS = new Map<LedgerEvent["reason"], RollbackStatus>([
  ["verified", "verified"],
  ["unverified", "unverified"],
  ["verification_failed", "failed"],
  ["escalated", "verifying"],
]);

export function factsOfRollback(rollback: ToldRollback): RollbackFacts {
  const { id, tier, trigger, startedAt, endedAt, status } = rollback;
  return {
    id,
    tier: tier ?? "unknown",
    trigger,
    startedAt: rfc3339(startedAt),
    endedAt: endedAt === null ? null : rfc3339(endedAt),
    status,
  };
}
