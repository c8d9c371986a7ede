import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import type { AlertCommand } from "./command.ts";
import { type Decision, decided, leave } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { Reason } from "./reason.ts";
import type { Rollback } from "./rollback.ts";
import { eventOf } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { isMoreSevere, type TierName } from "./tier.ts";
import type { Instant } from "./time.ts";
import { rollbackId, turnDown } from "./turn-down.ts";

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
}

/** One alert: it begins a rollback, makes it more severe, joins it, ends it, or is none of its business. */
export function decideAlert(
  state: ApplicationState,
  { alert }: AlertCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const trigger = policy.triggers.get(alert.name);
  if (alert.status === "resolved") return resolve(state, alert, trigger, now);
  return trigger === undefined ? leave("no_trigger") : fire({ state, alert, trigger, policy, now });
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
  const { state, alert, trigger, now } = found;
  const rollback: Rollback = {
    id: rollbackId(state, now),
    tier: trigger.tier,
    trigger: alert.name,
    flags: trigger.flags,
    startedAt: now,
    escalatedAt: null,
  };
  return roll(found, rollback, "rolled_back");
}

function escalate(found: Case, open: Rollback): Decision {
  const { trigger, now } = found;
  const rollback: Rollback = {
    ...open,
    tier: isMoreSevere(trigger.tier, open.tier) ? trigger.tier : open.tier,
    flags: [...new Set([...open.flags, ...trigger.flags])],
    escalatedAt: now,
  };
  return roll(found, rollback, "escalated");
}

function roll(found: Case, rollback: Rollback, kind: "rolled_back" | "escalated"): Decision {
  const { state, alert, policy, now } = found;
  const { tier, flags: named, id } = rollback;
  const detail = `${alert.name} is firing`;
  const request = { tier, flags: named, rollback: id, actor: "alertmanager", detail };
  const { flags, traffic, rollout, changes } = turnDown(state, policy, request, now);
  const nothingLeft = kind === "rolled_back" && flags.length === 0;
  const event = told(asked(found), nothingLeft ? "already_rolled_back" : kind, rollback, {
    flags,
    traffic,
    rollout,
  });
  const message: Message = {
    ...messageOf(kind, rollback, alert, now),
    flags,
    rollout,
    page: policy.tiers[tier].pages,
  };
  return decided(event, [...changes, track(found), { kind: "rollback", value: rollback }], [message]);
}

function absorb(found: Case, open: Rollback): Decision {
  if (found.state.alerts.size >= MAX_TRACKED_ALERTS) return leave("absorbed", found.trigger.tier, open.id);
  return decided(told(asked(found), "absorbed", open), [track(found)], []);
}

/**
 * A resolved alert ends itself, and with the last one the rollback; it never raises anything again. That its
 * trigger has gone from the policy meanwhile keeps no rollback open.
 */
function resolve(
  state: ApplicationState,
  alert: Alert,
  trigger: Trigger | undefined,
  now: Instant,
): Decision {
  const open = state.rollback;
  const tracked = state.alerts.get(keyOf(alert));
  if (open === null || tracked === undefined) {
    return trigger === undefined ? leave("no_trigger") : leave("resolved", trigger.tier);
  }
  const ended = state.alerts.size === 1;
  const event = told({ alert, tier: tracked.tier, now }, "resolved", open, { ended });
  const forget: StateChange = { kind: "alert", key: keyOf(alert), value: null };
  if (!ended) return decided(event, [forget], []);
  const message = messageOf("ended", open, alert, now);
  return decided(event, [forget, { kind: "rollback", value: null }], [message]);
}

function told(
  { alert, tier, now }: { alert: Alert; tier: TierName; now: Instant },
  reason: Reason,
  rollback: Rollback,
  more: Partial<EventBody> = {},
): EventBody {
  const { fingerprint, name, startsAt, labels } = alert;
  return eventOf({
    at: now,
    actor: "alertmanager",
    reason,
    rollback: rollback.id,
    tier,
    alert: { fingerprint, name, startsAt, labels },
    detail: null,
    ...more,
  });
}

function messageOf(kind: Message["kind"], { id, tier }: Rollback, alert: Alert, now: Instant): Message {
  return {
    subject: id,
    kind,
    at: now,
    tier,
    alert: alert.name,
    flags: [],
    rollout: null,
    detail: null,
    page: false,
  };
}

function asked({ alert, trigger, now }: Case): { alert: Alert; tier: TierName; now: Instant } {
  return { alert, tier: trigger.tier, now };
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
