import { type AlertCase, alertTold, isBackIn, track } from "./alert-case.ts";
import { keyOf } from "./alert-memory.ts";
import { type Decision, decided } from "./decision.ts";
import { settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { PastRollback, Rollback } from "./rollback.ts";
import { isActive } from "./rollout.ts";
import { eventOf } from "./rollout-told.ts";
import { isMoreSevere } from "./tier.ts";
import { formatDuration } from "./time.ts";
import { startVerification } from "./verification.ts";

/**
 * The rollback of an alert that comes back within the hold-down, where it is still the same incident: nobody has
 * acknowledged it, nothing was raised since, and nothing more is asked for. Otherwise what fires is acted on as any other.
 */
export function rollbackOfSame(found: AlertCase): PastRollback | null {
  const { state, alert, policy, now } = found;
  const key = keyOf(alert);
  const ended = state.ended.get(key);
  const last = state.past.at(-1);
  if (ended === undefined || last?.id !== ended.rollback || ended.acknowledged) return null;
  if (!isBackIn(state, key, policy, now) || isActive(state.rollout)) return null;
  const isRaised = [...state.raised.values()].some(({ at }) => at > last.endedAt);
  return isRaised || asksForMore(found, last) ? null : last;
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
  const { endedAt: _, lastRevision: __, propagation, ...rollback } = last;
  const detail = `${comesAndGoes(alert.name, policy)}; the same rollback goes on, and is verified again`;
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
