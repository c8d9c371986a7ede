import type { KeptWhy, SuspectsPolicy } from "./alert.ts";
import { type AlertCase, alertTold, keep, keptAs, keyOf, MAX_KEPT_OF_A_NAME } from "./alert-case.ts";
import { type Decision, decided, leave } from "./decision.ts";
import type { EventBody } from "./event.ts";
import type { Message } from "./message.ts";
import type { Reason } from "./reason.ts";
import { isActive, type Rollout } from "./rollout.ts";
import { eventOf, eventRolloutOf } from "./rollout-told.ts";
import type { StateChange } from "./state.ts";
import { raisedSince } from "./suspects.ts";
import { formatDuration, type Instant } from "./time.ts";

/** The storm breaker is open. */
export function keptBackByStorm(found: AlertCase, until: Instant): Decision {
  const { state, alert, trigger, now, policy } = found;
  const storm = state.storm !== null && state.storm.until > now ? state.storm : null;
  const { rollbacks, within } = policy.rollbacks.stormBreaker;
  const detail = `${rollbacks} rollbacks within ${formatDuration(within)}: ${alert.name} calls for ${trigger.tier}, and nothing is turned down until somebody has looked`;
  const isKnown = storm?.triggers.includes(alert.name) === true;
  const triggers = isKnown ? storm.triggers : [...(storm?.triggers ?? []), alert.name];
  return keptBack(found, "storm_breaker", {
    reason: "storm_breaker",
    detail,
    isTold: isKnown,
    subject: "storm",
    more: [{ kind: "storm", value: { since: storm?.since ?? now, until, triggers } }],
  });
}

/** Its last rollback has ended not long ago. */
export function keptBackByCooldown(found: AlertCase, until: Instant): Decision {
  const { alert, now } = found;
  const left = formatDuration(Math.max(1_000, until - now - ((until - now) % 1_000)));
  return keptBack(found, "cooldown", {
    reason: "cooldown",
    detail: `${alert.name} fires again, and its last rollback has ended not long ago: nothing is turned down for another ${left}`,
    isTold: isTold(found, "cooldown"),
    subject: subjectOf(alert.name),
  });
}

/** No change can have caused the alert, and its policy wants people to look then. */
export function keptBackAsUnrelated(found: AlertCase, suspects: SuspectsPolicy): Decision {
  return keptBack(found, "unrelated", {
    reason: "held",
    detail: `${notCausedByAChange(found, suspects)}; nothing is turned down`,
    isTold: isTold(found, "unrelated"),
    subject: subjectOf(found.alert.name),
  });
}

/** The alert that was kept back is over; of several of a name, the last one. */
export function keptIsOver(
  { state, event }: { state: AlertCase["state"]; event: EventBody },
  alert: string,
): readonly Message[] {
  const others = [...state.kept.values()].filter(({ name, why }) => name === alert && TOLD.includes(why));
  if (others.length !== 1) return [];
  return [{ ...messageTo(event, "ended", subjectOf(alert), alert), page: false }];
}

export function notCausedByAChange({ state, alert, policy }: AlertCase, { window }: SuspectsPolicy): string {
  const since = raisedSince(state, alert.startsAt, policy);
  const later = since === null ? "" : ` (${since.flag} was raised only after that, by ${since.by})`;
  return `${alert.name} is not caused by a change: nothing that is on was raised in the ${formatDuration(window)} before it began${later}`;
}

/** Told under a subject of their own. */
const TOLD: readonly KeptWhy[] = ["unrelated", "cooldown"];

/** People are called once for all alerts of a name. */
function isTold({ state, alert }: AlertCase, why: KeptWhy): boolean {
  return [...state.kept.values()].some(
    (one) => one.name === alert.name && one.why === why && one.startsAt >= alert.startsAt,
  );
}

function subjectOf(alert: string): string {
  return `alert-${alert}`;
}

interface KeptBack {
  readonly reason: Reason;
  readonly detail: string;
  /** People know of it. */
  readonly isTold: boolean;
  readonly subject: string;
  readonly more?: readonly StateChange[];
}

/** A storm is told once for each trigger, however often it fires anew in it. */
function isKnown({ state, alert }: AlertCase, why: KeptWhy, isTold: boolean): boolean {
  if (why === "storm_breaker") return isTold && state.kept.get(keyOf(alert))?.why === why;
  return keptAs(state, alert)?.why === why;
}

/** A flood of label values must not grow the state, nor be searched through for each of them. */
function isFull({ state, alert }: AlertCase, why: KeptWhy): boolean {
  let count = 0;
  for (const one of state.kept.values())
    if (one.name === alert.name && one.why === why && ++count >= MAX_KEPT_OF_A_NAME) return true;
  return false;
}

/** Nothing is turned down, people are called, and a rollout goes on when an operator says so. */
function keptBack(
  found: AlertCase,
  why: KeptWhy,
  { reason, detail, isTold, subject, more = [] }: KeptBack,
): Decision {
  const { state, alert, trigger, now, actor } = found;
  if (isKnown(found, why, isTold) || isFull(found, why)) return { ...leave(reason, trigger.tier), detail };
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
  return decided(
    event,
    [keep(found, why), ...more, ...(held === null ? [] : [{ kind: "rollout" as const, value: held }])],
    isTold ? [] : [messageTo(event, why, subject, alert.name)],
  );
}

function messageTo(
  { at, tier, rollout, detail }: EventBody,
  kind: Message["kind"],
  subject: string,
  alert: string,
): Message {
  return { subject, kind, at, tier, alert, flags: [], rollout, detail, page: true };
}
