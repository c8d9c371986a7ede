import { isDeepStrictEqual } from "node:util";
import type { Alert } from "../../src/domain/alert.ts";
import { keyOf } from "../../src/domain/alert-memory.ts";
import type { Command } from "../../src/domain/command.ts";
import type { Decision } from "../../src/domain/decision.ts";
import { exposuresOf, settingsOf } from "../../src/domain/flag.ts";
import { withoutOverrides } from "../../src/domain/override.ts";
import { planTier } from "../../src/domain/plan-tier.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { isActive, stageOf, statusOf } from "../../src/domain/rollout.ts";
import { type ApplicationState, isNote } from "../../src/domain/state.ts";
import type { Instant } from "../../src/domain/time.ts";

/** A decision, with the states on both sides of it. */
export interface Decided {
  readonly before: ApplicationState;
  readonly after: ApplicationState;
  readonly command: Command;
  readonly decision: Decision;
  readonly policy: Policy;
  readonly now: Instant;
}

/** What must hold of every decision, whatever it is about. @throws Error that names the law */
export function expectLawful(decided: Decided): void {
  for (const law of [
    ledger,
    refusals,
    invariants,
    exposure,
    quarantine,
    triggers,
    oneRollout,
    stages,
    flags,
    told,
  ])
    law(decided);
}

export function must(holds: boolean, law: string): asserts holds {
  if (!holds) throw new Error(law);
}

function ledger({ before, after, decision, now }: Decided): void {
  const { events, changes, messages } = decision;
  must(
    events.length <= 1 || decision.reason === "verification_failed",
    "one event, or a failure and what follows",
  );
  must(after.revision === before.revision + events.length, "the revision is the number of events");
  if (events.length > 0)
    must(events[0]?.at === now && decision.reason === events[0].reason, "an event tells the decision");
  else must(changes.every(isNote) && messages.length === 0, "what changes without an event is a note");
}

function refusals({ decision, command, before }: Decided): void {
  if ("expected" in command && command.expected !== null && command.expected !== before.revision)
    must(decision.reason === "refused", "who has not seen the latest is refused");
  if (decision.reason !== "refused") return;
  must(decision.changes.length === 0 && decision.events.length === 0, "what is refused changes nothing");
  must((decision.detail ?? "").length > 0, "what is refused says why");
}

function invariants({ after: { rollout, rollback, bake } }: Decided): void {
  must(!(isActive(rollout) && rollback !== null), "while a rollback is open no rollout is active");
  must(isActive(rollout) === (bake !== null), "there is a bake exactly while a rollout is active");
}

/** The kill switch takes from others what it gets itself. */
function exposures({ flags }: Policy, state: ApplicationState): Map<string, number> {
  const all = exposuresOf(flags, settingsOf(flags, state.flags));
  return new Map([...all].filter(([key]) => flags.get(key)?.kind !== "kill-switch"));
}

function risen({ before, after, policy }: Decided): string[] {
  const then = exposures(policy, before);
  return [...exposures(policy, after)].filter(([key, now]) => now > (then.get(key) ?? 0)).map(([key]) => key);
}

function exposure(decided: Decided): void {
  const { command, decision, before } = decided;
  const raised = risen(decided);
  if (raised.length === 0) return;
  const name = `exposure rises by a green gate or an operator only (${raised.join(", ")} by ${command.type})`;
  if (command.type === "check") {
    const [event] = decision.events;
    must(decision.reason === "promoted" && event?.actor === "clock", name);
    must(event.gate.length > 0 && event.gate.every(({ verdict }) => verdict === "green"), name);
    must(command.evidence.blindness.length === 0, name);
    must(
      event.gate.every(({ metric, counted }) =>
        counted === undefined
          ? (command.evidence.values.get(metric) ?? []).length > 0
          : counted.total >= counted.needed && command.evidence.counts?.has(metric),
      ),
      name,
    );
    must(before.rollout?.pausedAt === null, "what is paused is not promoted");
    return;
  }
  const reasons = {
    deploy: "promoted",
    retry: "promoted",
    approve: "approved",
    restore: "flag_changed",
  } as const;
  must(command.type in reasons, name);
  must(decision.reason === reasons[command.type as keyof typeof reasons], name);
  if (command.type === "approve")
    must(
      before.rollout?.pausedAt === null && before.rollout.blind === null,
      "what cannot be seen is not approved",
    );
  if (command.type === "approve")
    must(
      decision.events[0]?.gate.every(
        ({ verdict, counted }) => verdict === "green" || counted?.verdict === "not_enough",
      ) === true,
      "an operator's word may take the place of requests that are missing, and outweighs none",
    );
}

function quarantine(decided: Decided): void {
  const { before, command, decision } = decided;
  const acknowledged =
    "acknowledge" in command && command.acknowledge && (command.reason ?? "").trim() !== "";
  if (command.type === "retry")
    must(acknowledged || decision.reason === "refused", "a retry is acknowledged");
  const raised = risen(decided);
  must(before.rollback === null || raised.length === 0, "nothing rises while a rollback is open");
  const locked = raised.filter((key) => (before.flags.get(key)?.quarantinedBy ?? null) !== null);
  must(
    acknowledged || locked.length === 0,
    `quarantined flags rise with an acknowledgement and a reason only (${locked.join(", ")})`,
  );
}

function triggers({ before, after, command, decision, policy }: Decided): void {
  if (command.type !== "alert" || command.alert.status !== "firing") return;
  if (!policy.triggers.has(command.alert.name)) return;
  const { rollback, rollout } = after;
  if (isAcknowledged(before, command.alert)) {
    const isLeft = decision.reason === "duplicate" && decision.events.length + decision.changes.length === 0;
    must(isLeft, "what a person has acknowledged is settled until it begins anew");
    return;
  }
  if (decision.reason === "cooldown") return;
  if (decision.reason === "storm_breaker") {
    // Who goes on, or begins anew, after being told of it has looked: told again it stops nothing.
    const isKnown = before.kept.get(keyOf(command.alert))?.why === "storm_breaker";
    const isNoNews = isKnown && decision.events.length === 0;
    must(
      isNoNews || !isActive(rollout) || rollout.pausedAt !== null,
      "in a storm a rollout waits for people",
    );
    return;
  }
  must(rollback !== null, "a trigger that fires opens a rollback");
  const left = planTier(
    { ...rollback, snapshot: after.snapshot },
    settingsOf(policy.flags, after.flags),
    policy,
  );
  must(
    decision.reason === "absorbed" || decision.events.length === 0 || left.length === 0,
    "a rollback is done in the commit that begins it",
  );
  if (!isActive(before.rollout)) return;
  must(rollout?.outcome === "rolled_back", "a trigger ends an active rollout as rolled back");
  must(
    rollout.id === before.rollout.id && rollout.rollback === decision.rollback,
    "a rollout names its rollback",
  );
}

function isAcknowledged({ kept }: ApplicationState, { fingerprint, name, startsAt }: Alert): boolean {
  const known = kept.get(`${fingerprint}:${name}`);
  return known?.why === "acknowledged" && startsAt <= known.startsAt;
}

function oneRollout({ before, after, command }: Decided): void {
  const [then, now] = [before.rollout, after.rollout];
  if (now?.id === then?.id) {
    const ended = then !== null && !isActive(then);
    must(!ended || isDeepStrictEqual(then, now), "a rollout that has ended is not touched any more");
    return;
  }
  must(!isActive(then), "a rollout begins when none is active");
  must(command.type === "deploy" || command.type === "retry", "an operator begins a rollout");
  must(isActive(now) && statusOf(now) === "running", "a rollout that begins is running");
  must(after.backup?.revision === before.revision, "a deploy backs up what stood before it");
  must(isDeepStrictEqual(after.backup.rollout, then), "a deploy backs up the rollout before it");
}

function stages({ before, after, decision, policy, now }: Decided): void {
  const [then, rollout] = [before.rollout, after.rollout];
  if (rollout === null || !isActive(rollout)) return;
  const isNew = rollout.id !== then?.id;
  if (!isNew && rollout.stage === then.stage) return;
  if (!isNew) {
    must(rollout.stage === then.stage + 1, "a rollout goes from stage to stage");
    must(decision.reason === "promoted" || decision.reason === "approved", "a stage is left by promotion");
    must(rollout.history.length === then.history.length + 1, "a stage that is left is remembered");
    const seen = rollout.history.at(-1)?.seen ?? 0;
    must(
      seen >= (before.bake?.needed ?? Number.POSITIVE_INFINITY),
      "a stage that is left was seen long enough",
    );
    must(
      isDeepStrictEqual(after.snapshot, settingsOf(policy.flags, before.flags)),
      "a promotion leaves a snapshot",
    );
  }
  const settings = settingsOf(policy.flags, after.flags);
  const { traffic, flags } = stageOf(rollout);
  const sofar = isNew
    ? rollout.plan.stages.slice(0, rollout.stage + 1).flatMap((one) => [...one.flags])
    : flags;
  must(
    exposuresOf(withoutOverrides(policy.flags), settings).get("traffic") === traffic,
    "a stage's traffic is set when it is entered",
  );
  for (const [key, to] of new Map(sofar))
    must(isDeepStrictEqual(settings.get(key), to), `a stage sets its flags (${key})`);
  must(rollout.stageStartedAt === now && after.bake?.seen === 0, "a stage begins unseen");
}

function flags({ decision, command, policy }: Decided): void {
  const down = decision.events.some(({ reason }) => reason === "rolled_back" || reason === "escalated");
  for (const change of decision.changes) {
    if (change.kind !== "flag") continue;
    const { protected: isProtected, kind } = policy.flags.get(change.key) ?? {};
    if (command.type !== "restore") must(kind !== "operational", "operational switches are an operator's");
    if (!down) continue;
    must(isProtected === false, "a rollback leaves protected flags alone");
    if (kind === "release")
      must(change.value.quarantinedBy === decision.rollback, "what is turned down is quarantined");
  }
}

function told({ before, after, decision }: Decided): void {
  const [event] = decision.events;
  const { rollout } = after;
  if (event === undefined) return;
  const moved = !isDeepStrictEqual(before.rollout, rollout);
  must(moved === (event.rollout !== null), "an event tells of the rollout that it moved");
  if (moved && rollout !== null)
    must(
      event.rollout?.status === statusOf(rollout) && event.rollout.stage === rollout.stage + 1,
      "an event tells it as it is",
    );
  const turnedBlind = isActive(rollout) && rollout.blind !== null && (before.rollout?.blind ?? null) === null;
  const paged = decision.messages.filter(({ kind, page }) => kind === "blind" && page);
  must(paged.length === (turnedBlind ? 1 : 0), "people are paged once when nothing can be seen");
}
