import type { SuspectsPolicy } from "./alert.ts";
import { type AlertCase, alertTold, isTracked, MAX_TRACKED_ALERTS, track } from "./alert-case.ts";
import { type Decision, decided, leave } from "./decision.ts";
import type { EventBody } from "./event.ts";
import type { Message } from "./message.ts";
import type { Reason } from "./reason.ts";
import { isActive, type Rollout } from "./rollout.ts";
import { eventOf, eventRolloutOf } from "./rollout-told.ts";
import type { StateChange } from "./state.ts";
import { raisedSince } from "./suspects.ts";
import { formatDuration, type Instant } from "./time.ts";

/** The storm breaker is open: people are called, once for each trigger, and a rollout waits for them. */
export function keptBackByStorm(found: AlertCase, until: Instant): Decision {
  const { state, alert, trigger, now, policy } = found;
  const storm = state.storm !== null && state.storm.until > now ? state.storm : null;
  if (storm?.triggers.includes(alert.name)) return leave("storm_breaker", trigger.tier);
  const { rollbacks, within } = policy.rollbacks.stormBreaker;
  const detail = `${rollbacks} rollbacks within ${formatDuration(within)}: ${alert.name} calls for ${trigger.tier}, and nothing is turned down until somebody has looked`;
  const triggers = [...(storm?.triggers ?? []), alert.name];
  const { event, changes } = keptBack(found, "storm_breaker", detail);
  return decided(
    event,
    [{ kind: "storm", value: { since: storm?.since ?? now, until, triggers } }, ...changes],
    [messageTo(event, "storm_breaker", "storm", alert.name)],
  );
}

/**
 * No change can have caused the alert, and its policy wants people to look then: they are called, once for all alerts of
 * that name, and a rollout waits for them.
 */
export function keptBackAsUnrelated(found: AlertCase, suspects: SuspectsPolicy): Decision {
  const { state, alert, trigger } = found;
  if (isTracked(found)) return leave("duplicate", trigger.tier);
  if (state.alerts.size >= MAX_TRACKED_ALERTS) return leave("held", trigger.tier);
  const { event, changes } = keptBack(
    found,
    "held",
    `${notCausedByAChange(found, suspects)}; nothing is turned down`,
  );
  const isKnown = [...state.alerts.values()].some(({ name }) => name === alert.name);
  const messages = isKnown ? [] : [messageTo(event, "unrelated", subjectOf(alert.name), alert.name)];
  return decided(event, [track(found), ...changes], messages);
}

/** The alert that was kept back is over. */
export function unrelatedIsOver(event: EventBody, alert: string): Message {
  return { ...messageTo(event, "ended", subjectOf(alert), alert), page: false };
}

export function notCausedByAChange({ state, alert, policy }: AlertCase, { window }: SuspectsPolicy): string {
  const since = raisedSince(state, alert.startsAt, policy);
  const later = since === null ? "" : ` (${since.flag} was raised only after that, by ${since.by})`;
  return `${alert.name} is not caused by a change: nothing that is on was raised in the ${formatDuration(window)} before it began${later}`;
}

function subjectOf(alert: string): string {
  return `alert-${alert}`;
}

/** Nothing is turned down. A rollout goes on when an operator says so. */
function keptBack(
  { state, alert, trigger, now, actor }: AlertCase,
  reason: Reason,
  detail: string,
): { readonly event: EventBody; readonly changes: readonly StateChange[] } {
  const lastDecision = { at: now, reason, detail, actor };
  const held: Rollout | null = isActive(state.rollout)
    ? { ...state.rollout, pausedAt: state.rollout.pausedAt ?? now, lastDecision }
    : null;
  const event = eventOf({
    at: now,
    actor,
    reason,
    tier: trigger.tier,
    alert: alertTold(alert),
    rollout: held === null ? null : eventRolloutOf(held),
    detail,
  });
  return { event, changes: held === null ? [] : [{ kind: "rollout", value: held }] };
}

function messageTo(
  { at, tier, rollout, detail }: EventBody,
  kind: Message["kind"],
  subject: string,
  alert: string,
): Message {
  return { subject, kind, at, tier, alert, flags: [], rollout, detail, page: true };
}
