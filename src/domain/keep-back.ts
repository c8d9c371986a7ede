import type { KeptWhy, SuspectsPolicy } from "./alert.ts";
import { type AlertCase, alertWithTexts, keep, keptAs, MAX_KEPT_OF_A_NAME } from "./alert-case.ts";
import { firesOn, isQuiet, keyOf } from "./alert-memory.ts";
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
  const said = `${rollbacks} rollbacks within ${formatDuration(within)}: ${alert.name} calls for ${trigger.tier}, and nothing is turned down until somebody has looked`;
  const isKnown = storm?.triggers.includes(alert.name) === true;
  const triggers = isKnown ? storm.triggers : [...(storm?.triggers ?? []), alert.name];
  return keptBack(found, "storm_breaker", {
    reason: "storm_breaker",
    said,
    isTold: isKnown,
    // Another storm is another incident.
    subject: `storm-${(storm?.since ?? now).toString(36)}`,
    more: [{ kind: "storm", value: { since: storm?.since ?? now, until, triggers } }],
  });
}

/** Its last rollback has ended not long ago. */
export function keptBackByCooldown(found: AlertCase, until: Instant): Decision {
  const { alert, now } = found;
  const left = formatDuration(Math.max(1_000, until - now - ((until - now) % 1_000)));
  return keptBack(found, "cooldown", {
    reason: "cooldown",
    said: `${alert.name} fires again, and its last rollback has ended not long ago: nothing is turned down for another ${left}`,
    isTold: isTold(found, "cooldown"),
    subject: subjectOf(alert.name),
  });
}

/** No change can have caused the alert, and its policy wants people to look then. */
export function keptBackAsUnrelated(found: AlertCase, suspects: SuspectsPolicy): Decision {
  return keptBack(found, "unrelated", {
    reason: "held",
    said: `${notCausedByAChange(found, suspects)}; nothing is turned down`,
    isTold: isTold(found, "unrelated"),
    subject: subjectOf(found.alert.name),
  });
}

/**
 * The target answers, and Prometheus cannot read what it says: nobody sees whether anything is wrong, and nothing says so.
 * Once it is down it is acted on, however often it was kept back.
 */
export function keptBackAsBlind(found: AlertCase, unread: string): Decision {
  return keptBack(found, "blind", {
    reason: "held",
    said: `${found.alert.name} ${TELLS_OF_NO_FAULT}: ${unread}; nothing is turned down, and nobody sees how it is`,
    isTold: isTold(found, "blind"),
    subject: subjectOf(found.alert.name),
  });
}

/** Nothing more is kept back of an alert that people were called for; of several of a name, the last one. */
export function keptIsOver(
  { state, event, key }: { state: AlertCase["state"]; event: EventBody; key: string },
  alert: string,
): readonly Message[] {
  const told = [...state.kept].filter(([, { name, why }]) => name === alert && TOLD.includes(why));
  if (told.length !== 1 || told[0]?.[0] !== key) return [];
  return [{ ...messageTo(event, "ended", subjectOf(alert), alert), page: false }];
}

export function notCausedByAChange({ state, alert, policy }: AlertCase, { window }: SuspectsPolicy): string {
  const since = raisedSince(state, alert.startsAt, policy);
  const later = since === null ? "" : ` (${since.flag} was raised only after that, by ${since.by})`;
  return `${alert.name} is not caused by a change: nothing that is on was raised in the ${formatDuration(window)} before it began${later}`;
}

const TELLS_OF_NO_FAULT = "tells of no fault";

/** Of what was held back for an alert: whether that was because nobody can see how its target is. */
export function isHeldAsBlind({ alert, detail }: Pick<EventBody, "alert" | "detail">): boolean {
  return alert !== null && detail?.startsWith(`${alert.name} ${TELLS_OF_NO_FAULT}: `) === true;
}

/** Told under a subject of their own. */
const TOLD: readonly KeptWhy[] = ["unrelated", "cooldown", "blind"];

/** People are called once for all alerts of a name. */
function isTold({ state, alert }: AlertCase, why: KeptWhy): boolean {
  const own = keyOf(alert);
  return [...state.kept].some(([key, one]) => key !== own && one.name === alert.name && one.why === why);
}

const ALERT = "alert-";

function subjectOf(alert: string): string {
  return `${ALERT}${alert}`;
}

/** Whether messages of this subject tell of an alert that no rollback waits for. */
export function isOfKeptAlert(subject: string): boolean {
  return subject.startsWith(ALERT);
}

interface KeptBack {
  readonly reason: Reason;
  /** Why, in words. */
  readonly said: string;
  /** People know of it. */
  readonly isTold: boolean;
  readonly subject: string;
  readonly more?: readonly StateChange[];
}

/** A storm is told once for each trigger, however often it fires anew in it; what comes back within the hold-down is the same. */
function isKnown({ state, alert }: AlertCase, why: KeptWhy, isTold: boolean): boolean {
  const key = keyOf(alert);
  if (why === "storm_breaker") return isTold && state.kept.get(key)?.why === why;
  const known = isQuiet(state, key) ? state.kept.get(key) : keptAs(state, alert);
  return known?.why === why;
}

/** A flood of label values must not grow the state, nor be searched through for each of them. */
function isFull({ state, alert }: AlertCase, why: KeptWhy): boolean {
  const own = keyOf(alert);
  let count = 0;
  for (const [key, one] of state.kept)
    if (key !== own && one.name === alert.name && one.why === why && ++count >= MAX_KEPT_OF_A_NAME)
      return true;
  return false;
}

/** Nothing is turned down, people are called, and a rollout goes on when an operator says so. */
function keptBack(
  found: AlertCase,
  why: KeptWhy,
  { reason, said, isTold, subject, more = [] }: KeptBack,
): Decision {
  const { state, alert, trigger, now, actor, late } = found;
  const detail = late === null ? said : `${said}; ${late}`;
  const isRunning = isActive(state.rollout) && state.rollout.pausedAt === null;
  // One too many to keep is told all the same where a rollout runs, or nobody has been told.
  const isTooMany = isFull(found, why);
  if (isKnown(found, why, isTold) || (isTooMany && isTold && !isRunning))
    return { ...leave(reason, trigger.tier), detail, changes: firesOn(state, alert) };
  const held = heldBy(state.rollout, { at: now, reason, detail, actor });
  const event = eventOf({
    at: now,
    actor,
    reason,
    tier: trigger.tier,
    alert: alertWithTexts(alert),
    rollout: held === null ? null : eventRolloutOf(held),
    detail,
  });
  return decided(
    event,
    [
      ...(isTooMany ? [] : keep(found, why)),
      ...more,
      ...(held === null ? [] : [{ kind: "rollout" as const, value: held }]),
    ],
    isTold ? [] : [messageTo(event, why, subject, alert.name)],
  );
}

/** Null where no rollout runs, or the same has been said of it in this very moment. */
function heldBy(rollout: Rollout | null, lastDecision: Rollout["lastDecision"]): Rollout | null {
  if (!isActive(rollout)) return null;
  const { at, detail } = rollout.lastDecision;
  const isSaid = rollout.pausedAt !== null && at === lastDecision.at && detail === lastDecision.detail;
  return isSaid ? null : { ...rollout, pausedAt: rollout.pausedAt ?? lastDecision.at, lastDecision };
}

function messageTo(
  { at, tier, rollout, detail }: EventBody,
  kind: Message["kind"],
  subject: string,
  alert: string,
): Message {
  return { subject, kind, at, tier, alert, flags: [], rollout, detail, page: true };
}
