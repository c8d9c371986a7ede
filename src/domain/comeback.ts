import { type AlertCase, alertTold, isBackIn, track } from "./alert-case.ts";
import { keyOf } from "./alert-memory.ts";
import { type Decision, decided } from "./decision.ts";
import { settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import { joinedBy, type PastRollback, type Rollback, triggersOf } from "./rollback.ts";
import { isActive } from "./rollout.ts";
import { eventOf } from "./rollout-told.ts";
import { isMoreSevere } from "./tier.ts";
import { type Duration, formatDuration, type Instant } from "./time.ts";
import { startVerification } from "./verification.ts";

/** What is red again so soon after it was verified is the same incident: minutes of good values may be a lull. */
const SAME_INCIDENT: Duration = 3_600_000;

/**
 * The last rollback, where what fires is still the same incident: its alert comes back within the hold-down, or one of its
 * triggers within an hour of its being verified; nobody has acknowledged it, nothing was raised since, and nothing more is
 * asked for. Otherwise what fires is acted on as any other.
 */
export function rollbackOfSame(found: AlertCase): PastRollback | null {
  const { state } = found;
  const last = state.past.at(-1);
  if (last === undefined || isActive(state.rollout)) return null;
  if (!comesBack(found, last) && !isRedAgain(found, last)) return null;
  const isRaised = [...state.raised.values()].some(({ at }) => at > last.endedAt);
  return isRaised || asksForMore(found, last) ? null : last;
}

function comesBack({ state, alert, policy, now }: AlertCase, last: PastRollback): boolean {
  const key = keyOf(alert);
  const ended = state.ended.get(key);
  return ended?.rollback === last.id && !ended.acknowledged && isBackIn(state, key, policy, now);
}

/** Whichever of its series it is. Where there is no hold-down, each alert that fires is one of its own. */
function isRedAgain({ state, alert, policy, now }: AlertCase, last: PastRollback): boolean {
  if (policy.rollbacks.holdDown === 0 || last.verifiedAt === null || now >= last.verifiedAt + SAME_INCIDENT)
    return false;
  const its = [...state.ended.values()].filter(({ rollback }) => rollback === last.id);
  return (
    triggersOf(last).includes(alert.name) && its.length > 0 && its.every(({ acknowledged }) => !acknowledged)
  );
}

function asksForMore({ state, trigger, policy }: AlertCase, last: PastRollback): boolean {
  if (isMoreSevere(trigger.tier, last.tier)) return true;
  const flags = [...last.flags, ...trigger.flags];
  const request = { tier: last.tier, flags, snapshot: state.snapshot };
  return planTier(request, settingsOf(policy.flags, state.flags), policy).length > 0;
}

/** The rollback that had ended is open again, and verified anew. It counts as no other one, and pages nobody. */
export function goOn(found: AlertCase, last: PastRollback): Decision {
  const { state, alert, trigger, policy, now, actor } = found;
  const { endedAt: _, lastRevision: __, propagation, ...rest } = last;
  const rollback = joinedBy(rest, alert.name);
  const how = comesBack(found, last)
    ? comesAndGoes(alert.name, policy)
    : `${alert.name}: ${redAgain(now - (last.verifiedAt as Instant))}`;
  const detail = `${how}; the same rollback goes on, and is verified again`;
  const event = eventOf({
    at: now,
    actor,
    reason: "absorbed",
    rollback: last.id,
    tier: trigger.tier,
    alert: alertTold(alert),
    detail,
  });
  const before = {
    committedAt: rollback.committedAt,
    ...(propagation === undefined ? {} : { propagation }),
  };
  return decided(
    event,
    [
      ...track(found),
      { kind: "past", value: state.past.slice(0, -1) },
      { kind: "rollback", value: { ...rollback, status: "verifying", verifiedAt: null } },
      { kind: "verification", value: startVerification(policy.verify, before, now) },
    ],
    [reopened(found, last, detail)],
  );
}

/** How it is told once; each further time is counted. */
export function comesAndGoes(alert: string, { rollbacks: { holdDown } }: Policy): string {
  return `${alert} comes and goes: it is the same alert until it has been quiet for ${formatDuration(holdDown)}`;
}

/** @param after it was verified */
export function redAgain(after: Duration): string {
  return `red again ${formatDuration(after - (after % 1_000))} after it was verified: it is the same incident`;
}

/** People have read that it had helped. */
export function reopened({ alert, now }: AlertCase, { id, tier }: Rollback, detail: string): Message {
  return {
    subject: id,
    kind: "reopened",
    at: now,
    tier,
    alert: alert.name,
    flags: [],
    rollout: null,
    detail,
    page: false,
  };
}
