import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import { moreSevere, newRollback, roll } from "./begin-rollback.ts";
import type { AlertCommand } from "./command.ts";
import { type Decision, decided, leave } from "./decision.ts";
import { closing, isOver } from "./episode.ts";
import type { EventBody } from "./event.ts";
import { settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { Reason } from "./reason.ts";
import type { Rollback } from "./rollback.ts";
import { isActive, type Rollout } from "./rollout.ts";
import { eventOf, eventRolloutOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { cooldownOf, stormAgainst } from "./storm.ts";
import { isMoreSevere } from "./tier.ts";
import { formatDuration, type Instant } from "./time.ts";
import { startVerification } from "./verification.ts";

/**
 * How many alerts one rollback keeps track of. Above it an alert that asks for nothing more is counted only, so
 * that a flood of label values cannot grow the state without bound; 10,000 alerts take about 2 MB.
 */
export const MAX_TRACKED_ALERTS = 10_000;

/** Who decides on what: the alert, its trigger, and what is known. */
interface Case {
  readonly state: ApplicationState;
  readonly alert: Alert;
  readonly trigger: Trigger;
  readonly policy: Policy;
  readonly now: Instant;
  /** Who brought it. */
  readonly actor: string;
  readonly receivedAt: Instant | null;
}

/** One alert: it begins a rollback, makes it more severe, joins it, ends it, or is none of its business. */
export function decideAlert(
  state: ApplicationState,
  { alert, actor = "alertmanager", receivedAt }: AlertCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const trigger = policy.triggers.get(alert.name);
  if (alert.status === "resolved") return resolve(state, alert, trigger, now, actor);
  return trigger === undefined
    ? leave("no_trigger")
    : fire({ state, alert, trigger, policy, now, actor, receivedAt: receivedAt ?? null });
}

/**
 * More comes before again: an alert that is known may ask for more than it did, because its policy was edited
 * during the incident.
 */
function fire(found: Case): Decision {
  const { state, alert, trigger } = found;
  const open = state.rollback;
  if (open === null) return begin(found);
  if (isMoreSevere(trigger.tier, open.tier) || namesMore(found, open)) return escalate(found, open);
  if (state.alerts.has(keyOf(alert))) return leave("duplicate", trigger.tier, open.id);
  return absorb(found, open);
}

/** An equal or milder tier is covered by the running one, unless it names a flag that is still on. */
function namesMore({ state, trigger, policy }: Case, open: Rollback): boolean {
  if (trigger.flags.every((flag) => open.flags.includes(flag))) return false;
  const request = { tier: open.tier, flags: trigger.flags, snapshot: state.snapshot };
  return planTier(request, settingsOf(policy.flags, state.flags), policy).length > 0;
}

function begin(found: Case): Decision {
  const { state, alert, trigger, policy, now, actor } = found;
  if (cooldownOf(state.past, alert.name, policy, now) !== null) return leave("cooldown", trigger.tier);
  const until = stormAgainst(state.past, trigger.tier, policy, now);
  if (until !== null) return keepBack(found, until);
  const beginning = {
    tier: trigger.tier,
    trigger: alert.name,
    flags: trigger.flags,
    startedBy: actor,
    alertStartedAt: alert.startsAt,
    receivedAt: found.receivedAt,
  };
  return rollFor(found, newRollback(state, beginning, now), "rolled_back");
}

/** The storm breaker is open: people are called, once for each trigger, and a rollout waits for them. */
function keepBack(found: Case, until: Instant): Decision {
  const { state, alert, trigger, now, policy } = found;
  const storm = state.storm !== null && state.storm.until > now ? state.storm : null;
  if (storm?.triggers.includes(alert.name)) return leave("storm_breaker", trigger.tier);
  const { rollbacks, within } = policy.rollbacks.stormBreaker;
  const detail = `${rollbacks} rollbacks within ${formatDuration(within)}: ${alert.name} calls for ${trigger.tier}, and nothing is turned down until somebody has looked`;
  const held = isActive(state.rollout) ? heldByStorm(state.rollout, detail, found) : null;
  const event = eventOf({
    at: now,
    actor: found.actor,
    reason: "storm_breaker",
    tier: trigger.tier,
    alert: alertTold(alert),
    rollout: held === null ? null : eventRolloutOf(held),
    detail,
  });
  const triggers = [...(storm?.triggers ?? []), alert.name];
  const message: Message = {
    subject: "storm",
    kind: "storm_breaker",
    at: now,
    tier: trigger.tier,
    alert: alert.name,
    flags: [],
    rollout: event.rollout,
    detail,
    page: true,
  };
  return decided(
    event,
    [
      { kind: "storm", value: { since: storm?.since ?? now, until, triggers } },
      ...(held === null ? [] : [{ kind: "rollout" as const, value: held }]),
    ],
    [message],
  );
}

/** It goes on when an operator says so. */
function heldByStorm(rollout: Rollout, detail: string, { now, actor }: Case): Rollout {
  return {
    ...rollout,
    pausedAt: rollout.pausedAt ?? now,
    lastDecision: { at: now, reason: "storm_breaker", detail, actor },
  };
}

function escalate(found: Case, open: Rollback): Decision {
  return rollFor(found, moreSevere(open, found.trigger, found.now), "escalated");
}

function rollFor(found: Case, rollback: Rollback, kind: "rolled_back" | "escalated"): Decision {
  const { state, alert, trigger, policy, now, actor } = found;
  return roll({
    state,
    policy,
    now,
    rollback,
    kind,
    actor,
    detail: `${alert.name} is firing`,
    told: { tier: trigger.tier, alert: alertTold(alert) },
    more: [track(found)],
    alert: alert.name,
  });
}

function absorb(found: Case, open: Rollback): Decision {
  if (found.state.alerts.size >= MAX_TRACKED_ALERTS) return leave("absorbed", found.trigger.tier, open.id);
  const event = told(found, "absorbed", open, { tier: found.trigger.tier });
  return decided(event, [track(found), ...verifiedAnew(found, open)], []);
}

/** What had helped may not help any more: it is verified again, and good checks before this alert count no longer. */
function verifiedAnew({ state: { verification }, policy, now }: Case, open: Rollback): StateChange[] {
  if (open.status === "verified")
    return [
      { kind: "rollback", value: { ...open, status: "verifying", verifiedAt: null } },
      { kind: "verification", value: startVerification(policy.verify, verification, now) },
    ];
  return verification === null ? [] : [{ kind: "verification", value: { ...verification, good: 0 } }];
}

/**
 * A resolved alert ends itself, and the last one the rollback if that is known to have helped; it never raises anything
 * again. That its trigger has gone from the policy meanwhile keeps no rollback open.
 */
function resolve(
  state: ApplicationState,
  alert: Alert,
  trigger: Trigger | undefined,
  now: Instant,
  actor: string,
): Decision {
  const open = state.rollback;
  const tracked = state.alerts.get(keyOf(alert));
  if (open === null || tracked === undefined) {
    return trigger === undefined ? leave("no_trigger") : leave("resolved", trigger.tier);
  }
  const ended = isOver(open, state.alerts.size - 1);
  const event = told({ alert, now, actor }, "resolved", open, { tier: tracked.tier, ended });
  const forget: StateChange = { kind: "alert", key: keyOf(alert), value: null };
  if (!ended) return decided(event, [forget], []);
  const message: Message = {
    subject: open.id,
    kind: "ended",
    at: now,
    tier: open.tier,
    alert: alert.name,
    flags: [],
    rollout: null,
    detail: null,
    page: false,
  };
  return decided(event, closing(state, open, state.revision + 1, now), [message]);
}

function told(
  { alert, now, actor }: Pick<Case, "alert" | "now" | "actor">,
  reason: Reason,
  rollback: Rollback,
  more: Partial<EventBody>,
): EventBody {
  return eventOf({
    at: now,
    actor,
    reason,
    rollback: rollback.id,
    alert: alertTold(alert),
    detail: null,
    ...more,
  });
}

function alertTold({ fingerprint, name, startsAt, labels }: Alert): EventBody["alert"] {
  return { fingerprint, name, startsAt, labels };
}

/** The name belongs to it: a fingerprint is what the sender says, and must not let one alert hide another. */
function keyOf({ fingerprint, name }: Alert): string {
  return `${fingerprint}:${name}`;
}

function track({ alert, trigger, now }: Case): StateChange {
  const value: FiringAlert = {
    fingerprint: alert.fingerprint,
    name: alert.name,
    tier: trigger.tier,
    startsAt: alert.startsAt,
    receivedAt: now,
  };
  return { kind: "alert", key: keyOf(alert), value };
}
