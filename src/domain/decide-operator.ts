import { isFresh, resumeBake } from "./bake.ts";
import type { RolloutCommand } from "./command.ts";
import { isBlank } from "./decide-deploy.ts";
import { type Decision, decided, refuse } from "./decision.ts";
import { gateOf } from "./enter-stage.ts";
import { judgeGate } from "./judge.ts";
import type { Policy } from "./policy.ts";
import { decidePromotion } from "./promotion.ts";
import type { Reason } from "./reason.ts";
import { refusalOfOperator } from "./refusal.ts";
import { isActive, type Rollout, statusOf } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import type { ApplicationState, StateChange } from "./state.ts";
import type { Instant } from "./time.ts";

const REASONS = { pause: "paused", resume: "resumed", abort: "aborted", approve: "approved" } as const;

/** What an operator wants of a rollout that runs. */
export function decideOperator(
  state: ApplicationState,
  command: RolloutCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command);
  if (refusal !== null) return refuse(refusal);
  const { rollout } = state;
  if (rollout === null) return refuse(`there is no rollout to ${command.type}`);
  if (!isActive(rollout))
    return refuse(`there is nothing to ${command.type}: rollout ${rollout.id} is ${statusOf(rollout)}`);
  switch (command.type) {
    case "pause":
      return pause(rollout, command, now);
    case "resume":
      return resume(rollout, state, command, now);
    case "abort":
      return abort(rollout, command, now);
    case "approve":
      return approve(rollout, state, command, policy, now);
  }
}

function pause(rollout: Rollout, command: RolloutCommand, now: Instant): Decision {
  if (rollout.pausedAt !== null) return refuse(`rollout ${rollout.id} is paused already`);
  return changed({ ...rollout, pausedAt: now }, command, now, []);
}

function resume(
  rollout: Rollout,
  { bake }: ApplicationState,
  command: RolloutCommand,
  now: Instant,
): Decision {
  if (rollout.pausedAt === null) return refuse(`rollout ${rollout.id} is ${statusOf(rollout)}, not paused`);
  const baking: readonly StateChange[] =
    bake === null ? [] : [{ kind: "bake", value: resumeBake(bake, now) }];
  return changed({ ...rollout, pausedAt: null }, command, now, baking);
}

function abort(rollout: Rollout, command: RolloutCommand, now: Instant): Decision {
  return changed({ ...rollout, outcome: "aborted", endedAt: now }, command, now, [
    { kind: "bake", value: null },
  ]);
}

/**
 * An operator's word is the last thing that is missing, not the only one: the gate must be green now. Where requests are
 * missing it may take their place, with a reason; it never outweighs what was counted.
 */
function approve(
  rollout: Rollout,
  state: ApplicationState,
  command: RolloutCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const { hold, blind, id } = rollout;
  if (rollout.pausedAt !== null) return refuse(`rollout ${id} is paused: resume it first`);
  if (hold?.kind !== "approval" && hold?.kind !== "not_enough")
    return refuse(
      `there is nothing to approve: rollout ${id} is ${statusOf(rollout)} and waits for no approval`,
    );
  if (hold.kind === "not_enough" && isBlank(command.reason))
    return refuse(
      `rollout ${id} has not seen requests enough (${hold.why.join("; ")}): give a reason to promote it all the same`,
    );
  const { bake } = state;
  const gate = gateOf(rollout, policy);
  if (blind !== null || bake === null || gate === undefined || !isFresh(bake, now))
    return refuse(`rollout ${id} cannot be seen well enough to go on: approve it when a check has succeeded`);
  // It was when it began to wait; meanwhile the bake may have begun anew, or the policy been edited.
  const verdict = judgeGate(gate, bake, rollout)?.verdict;
  const isReady = verdict === "green" || (verdict === "not_enough" && hold.kind === "not_enough");
  if (bake.seen < bake.needed || !isReady)
    return refuse(`rollout ${id} bakes on: approve it when its gate is green again`);
  return decidePromotion({
    state,
    rollout,
    bake,
    gate,
    policy,
    now,
    actor: command.actor,
    reason: "approved",
    why: said(command),
  });
}

function changed(
  rollout: Rollout,
  command: RolloutCommand,
  now: Instant,
  more: readonly StateChange[],
): Decision {
  const { actor, type } = command;
  const reason: Reason & keyof typeof KINDS = REASONS[type] as keyof typeof KINDS;
  const detail = `${reason} ${said(command)}`;
  const next: Rollout = { ...rollout, lastDecision: { at: now, reason, detail, actor } };
  const event = eventOf({ at: now, actor, reason, detail, rollout: eventRolloutOf(next) });
  return decided(
    event,
    [{ kind: "rollout", value: next }, ...more],
    [rolloutMessage(KINDS[reason], next, event)],
  );
}

const KINDS = { paused: "paused", resumed: "resumed", aborted: "aborted" } as const;

function said({ actor, reason }: RolloutCommand): string {
  return reason === null || reason.trim() === "" ? `by ${actor}` : `by ${actor}: ${reason}`;
}
