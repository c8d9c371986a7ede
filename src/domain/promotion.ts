import type { Bake } from "./bake.ts";
import { type Decision, decided } from "./decision.ts";
import { changesOfEnd, endedRollout } from "./end-rollout.ts";
import { enterStage } from "./enter-stage.ts";
import { type Settings, settingsOf } from "./flag.ts";
import type { Gate } from "./gate.ts";
import { readingsOf } from "./judge.ts";
import type { Stage } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { type Rollout, type StageRecord, stageOf } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import { changesTo, settingsOfStage } from "./stage-settings.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { quarantinedAmong, raisedBy } from "./turn-down.ts";

export interface Promotion {
  readonly state: ApplicationState;
  /** As it is before; active. */
  readonly rollout: Rollout;
  /** As the decision leaves it. */
  readonly bake: Bake;
  readonly gate: Gate;
  readonly policy: Policy;
  readonly now: Instant;
  readonly actor: string;
  /** `promoted` by the gate, `approved` by an operator. */
  readonly reason: "promoted" | "approved";
  /** Why, in words. */
  readonly why: string;
}

/** The stage is over: the next one begins, or the rollout is completed. */
export function decidePromotion(promotion: Promotion): Decision {
  const { rollout, bake, now } = promotion;
  const left: Rollout = {
    ...rollout,
    hold: null,
    history: [...rollout.history, recordOf(rollout, bake, now)],
  };
  const next = rollout.plan.stages[rollout.stage + 1];
  return next === undefined ? complete(promotion, left) : promote(promotion, left, next);
}

function promote(promotion: Promotion, left: Rollout, stage: Stage): Decision {
  const { state, bake, gate, policy, now, actor, reason, why } = promotion;
  const target = settingsOfStage(stage, policy.application.trafficFlag);
  const obstacle = obstacleOf(stage, target, state, policy);
  if (obstacle !== null) return fail(promotion, obstacle);
  const detail = `stage ${left.stage + 1} of ${left.plan.stages.length} ${reason}: ${why}`;
  const next: Rollout = {
    ...left,
    stage: left.stage + 1,
    stageStartedAt: now,
    lastDecision: { at: now, reason, detail, actor },
  };
  const entered = enterStage({ state, policy, now, actor, rollout: next, target, released: new Set() });
  const event = eventOf({
    at: now,
    actor,
    reason,
    detail,
    flags: entered.flags,
    traffic: entered.traffic,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake, promotion.rollout),
  });
  const snapshot = settingsOf(policy.flags, state.flags);
  return decided(
    event,
    [...entered.changes, { kind: "snapshot", value: snapshot }],
    [rolloutMessage("promoted", next, event)],
  );
}

function complete(promotion: Promotion, left: Rollout): Decision {
  const said = promotion.reason === "approved" ? "approved" : "completed";
  const detail = `all ${left.plan.stages.length} stages of ${left.plan.name} are ${said}: ${promotion.why}`;
  return end(promotion, left, { outcome: "completed", reason: "completed", detail, page: false });
}

/** The policy was edited meanwhile, and the plan does not fit it any more. People decide; nothing is moved. */
function fail(promotion: Promotion, obstacle: string): Decision {
  const detail = `the next stage cannot be entered: ${obstacle}`;
  return end(promotion, promotion.rollout, { outcome: "failed", reason: "aborted", detail, page: true });
}

interface End {
  readonly outcome: "completed" | "failed";
  readonly reason: "completed" | "aborted";
  readonly detail: string;
  readonly page: boolean;
}

function end(
  { bake, gate, now, actor, rollout: before }: Promotion,
  rollout: Rollout,
  { outcome, reason, detail, page }: End,
): Decision {
  const next = endedRollout(rollout, { outcome, reason, detail, actor }, now);
  const event = eventOf({
    at: now,
    actor,
    reason,
    detail,
    rollout: eventRolloutOf(next),
    gate: readingsOf(gate, bake, before),
  });
  return decided(event, changesOfEnd(next), [rolloutMessage(outcome, next, event, page)]);
}

function obstacleOf(
  { gate }: Stage,
  target: Settings,
  state: ApplicationState,
  policy: Policy,
): string | null {
  if (!policy.gates.has(gate)) return `its gate "${gate}" is not in the policy any more`;
  const lost = [...target.keys()].find((key) => policy.flags.get(key)?.kind !== "release");
  if (lost !== undefined) return `it sets ${lost}, which the policy does not have as a release flag any more`;
  const settings = settingsOf(policy.flags, state.flags);
  const [raised] = quarantinedAmong(raisedBy(changesTo(target, settings), settings, policy), state);
  return raised === undefined ? null : `it raises ${raised}, which a rollback has put in quarantine`;
}

function recordOf(rollout: Rollout, { seen, samples }: Bake, now: Instant): StageRecord {
  return {
    stage: rollout.stage + 1,
    traffic: stageOf(rollout).traffic,
    startedAt: rollout.stageStartedAt,
    endedAt: now,
    seen,
    checks: Math.max(0, ...[...samples.values()].map(({ count }) => count)),
  };
}
