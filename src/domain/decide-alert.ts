import type { Alert, FiringAlert, Trigger } from "./alert.ts";
import type { AlertCommand } from "./command.ts";
import { type Decision, leave } from "./decision.ts";
import type { EventBody } from "./event.ts";
import { exposureOf, type FlagChange, type Settings, settingsOf } from "./flag.ts";
import type { Message } from "./message.ts";
import { planTier } from "./plan-tier.ts";
import type { Policy } from "./policy.ts";
import type { Rollback } from "./rollback.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import { isMoreSevere, type TierName } from "./tier.ts";
import type { Instant } from "./time.ts";

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
    id: `rb-${state.revision + 1}-${now.toString(36)}`,
    tier: trigger.tier,
    trigger: alert.name,
    flags: trigger.flags,
    startedAt: now,
    escalatedAt: null,
  };
  return turnDown(found, rollback, "rolled_back");
}

function escalate(found: Case, open: Rollback): Decision {
  const { trigger, now } = found;
  const rollback: Rollback = {
    ...open,
    tier: isMoreSevere(trigger.tier, open.tier) ? trigger.tier : open.tier,
    flags: [...new Set([...open.flags, ...trigger.flags])],
    escalatedAt: now,
  };
  return turnDown(found, rollback, "escalated");
}

function turnDown(found: Case, rollback: Rollback, kind: "rolled_back" | "escalated"): Decision {
  const { state, alert, policy, now } = found;
  const settings = settingsOf(policy.flags, state.flags);
  const request = { tier: rollback.tier, flags: rollback.flags, snapshot: state.snapshot };
  const flags = planTier(request, settings, policy);
  const nothingLeft = kind === "rolled_back" && flags.length === 0;
  const event = eventOf(asked(found), nothingLeft ? "already_rolled_back" : kind, rollback, {
    flags,
    traffic: { before: trafficOf(policy, settings), after: trafficOf(policy, after(settings, flags)) },
  });
  const message: Message = {
    rollback: rollback.id,
    kind,
    at: now,
    tier: rollback.tier,
    alert: alert.name,
    flags,
    page: policy.tiers[rollback.tier].pages,
  };
  const changes: StateChange[] = [
    ...flags.map((change) => flagChange(change, policy, rollback.id, now)),
    track(found),
    { kind: "rollback", value: rollback },
  ];
  return decided(event, changes, [message]);
}

function absorb(found: Case, open: Rollback): Decision {
  if (found.state.alerts.size >= MAX_TRACKED_ALERTS) return leave("absorbed", found.trigger.tier, open.id);
  return decided(eventOf(asked(found), "absorbed", open), [track(found)], []);
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
  const event = eventOf({ alert, tier: tracked.tier, now }, "resolved", open, { ended });
  const forget: StateChange = { kind: "alert", key: keyOf(alert), value: null };
  if (!ended) return decided(event, [forget], []);
  const message: Message = {
    rollback: open.id,
    kind: "ended",
    at: now,
    tier: open.tier,
    alert: alert.name,
    flags: [],
    page: false,
  };
  return decided(event, [forget, { kind: "rollback", value: null }], [message]);
}

function decided(event: EventBody, changes: readonly StateChange[], messages: readonly Message[]): Decision {
  return {
    reason: event.reason,
    tier: event.tier,
    rollback: event.rollback,
    changes,
    events: [event],
    messages,
  };
}

function eventOf(
  { alert, tier, now }: { alert: Alert; tier: TierName; now: Instant },
  reason: EventBody["reason"],
  rollback: Rollback,
  more: Partial<EventBody> = {},
): EventBody {
  const { fingerprint, name, startsAt, labels } = alert;
  return {
    at: now,
    actor: "alertmanager",
    reason,
    rollback: rollback.id,
    tier,
    alert: { fingerprint, name, startsAt, labels },
    flags: [],
    traffic: null,
    ended: false,
    ...more,
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

function flagChange(
  { flag, after }: FlagChange,
  policy: Policy,
  rollback: string,
  now: Instant,
): StateChange {
  const quarantinedBy = policy.flags.get(flag)?.kind === "release" ? rollback : null;
  return {
    kind: "flag",
    key: flag,
    value: { ...after, updatedAt: now, updatedBy: "alertmanager", quarantinedBy },
  };
}

function after(settings: Settings, changes: readonly FlagChange[]): Settings {
  return new Map([...settings, ...changes.map((change) => [change.flag, change.after] as const)]);
}

function trafficOf(policy: Policy, settings: Settings): number {
  return exposureOf(policy.application.trafficFlag, policy.flags, settings);
}
