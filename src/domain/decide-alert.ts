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
import { isMoreSevere } from "./tier.ts";
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
  if (trigger === undefined) return leave("no_trigger");
  const found = { state, alert, trigger, policy, now };
  return alert.status === "resolved" ? resolve(found) : fire(found);
}

function fire(found: Case): Decision {
  const { state, alert, trigger } = found;
  const open = state.rollback;
  if (open === null) return begin(found);
  if (state.alerts.has(alert.fingerprint)) return leave("duplicate", trigger.tier, open.id);
  return asksForMore(trigger, open) ? escalate(found, open) : absorb(found, open);
}

/** A milder or equal tier is covered by the running one, unless it names flags that nobody named before. */
function asksForMore(trigger: Trigger, open: Rollback): boolean {
  if (isMoreSevere(trigger.tier, open.tier)) return true;
  return trigger.tier === open.tier && trigger.flags.some((flag) => !open.flags.includes(flag));
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
    tier: trigger.tier,
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
  const event = eventOf(found, nothingLeft ? "already_rolled_back" : kind, rollback, {
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
  return decided(eventOf(found, "absorbed", open), [track(found)], []);
}

/** A resolved alert ends itself, and with the last one the rollback; it never raises anything again. */
function resolve(found: Case): Decision {
  const { state, alert, trigger, now } = found;
  const open = state.rollback;
  if (open === null || !state.alerts.has(alert.fingerprint)) return leave("resolved", trigger.tier);
  const forget: StateChange = { kind: "alert", key: alert.fingerprint, value: null };
  if (state.alerts.size > 1) return decided(eventOf(found, "resolved", open), [forget], []);
  const ended: Message = {
    rollback: open.id,
    kind: "ended",
    at: now,
    tier: open.tier,
    alert: alert.name,
    flags: [],
    page: false,
  };
  const event = eventOf(found, "resolved", open, { ended: true });
  return decided(event, [forget, { kind: "rollback", value: null }], [ended]);
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
  { alert, trigger, now }: Case,
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
    tier: trigger.tier,
    alert: { fingerprint, name, startsAt, labels },
    flags: [],
    traffic: null,
    ended: false,
    ...more,
  };
}

function track({ alert, trigger, now }: Case): StateChange {
  const value: FiringAlert = {
    name: alert.name,
    tier: trigger.tier,
    startsAt: alert.startsAt,
    receivedAt: now,
  };
  return { kind: "alert", key: alert.fingerprint, value };
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
