import { namesOf } from "./alert.ts";
import type { Backup } from "./backup.ts";
import type { DeployCommand, OperatorCommand, RetryCommand } from "./command.ts";
import { type Decision, decided, refuse } from "./decision.ts";
import { enterStage } from "./enter-stage.ts";
import { type FlagPolicies, type FlagPolicy, settingsOf, withDescendants } from "./flag.ts";
import { overrideVariableOf } from "./override.ts";
import type { Plan } from "./plan.ts";
import type { Policy } from "./policy.ts";
import { refusalOfKept, refusalOfOperator } from "./refusal.ts";
import type { Rollback } from "./rollback.ts";
import { isActive, type Rollout, statusOf } from "./rollout.ts";
import { eventOf, eventRolloutOf, rolloutMessage } from "./rollout-told.ts";
import { flagsRaisedBy, settingsUpTo, unmovableFlags } from "./stage-settings.ts";
import type { ApplicationState } from "./state.ts";
import type { Instant } from "./time.ts";
import { quarantinedAmong } from "./turn-down.ts";

/** Starts a plan at its first stage. */
export function decideDeploy(
  state: ApplicationState,
  command: DeployCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const { plan, thresholds } = command;
  const refusal = refusalOfOperator(state, command) ?? refusalToStart(state, plan, policy);
  if (refusal !== null) return refuse(refusal);
  return start(state, command, policy, now, { plan, thresholds, attempt: 1, stage: 0 });
}

/** Starts the last rollout again, at the stage that the policy names. */
export function decideRetry(
  state: ApplicationState,
  command: RetryCommand,
  policy: Policy,
  now: Instant,
): Decision {
  const refusal = refusalOfOperator(state, command);
  if (refusal !== null) return refuse(refusal);
  const last = state.rollout;
  if (last === null) return refuse("there is no rollout to retry: deploy one");
  if (!isActive(last) && last.outcome === "completed")
    return refuse(`rollout ${last.id} is completed: deploy a new one`);
  const refusalNow = refusalToStart(state, last.plan, policy);
  if (refusalNow !== null) return refuse(refusalNow);
  if (!command.acknowledge || isBlank(command.reason))
    return refuse(
      `rollout ${last.id} is ${statusOf(last)}: acknowledge that, and give a reason, to retry it`,
    );
  const { plan, thresholds, attempt } = last;
  const stage = Math.min(policy.rollout.retryFromStage, plan.stages.length) - 1;
  return start(state, command, policy, now, { plan, thresholds, attempt: attempt + 1, stage });
}

interface Start {
  readonly plan: Plan;
  readonly thresholds: ReadonlyMap<string, number>;
  readonly attempt: number;
  readonly stage: number;
}

function start(
  state: ApplicationState,
  command: DeployCommand | RetryCommand,
  policy: Policy,
  now: Instant,
  { plan, thresholds, attempt, stage }: Start,
): Decision {
  const { trafficFlag } = policy.application;
  const isAcknowledged = command.acknowledge && !isBlank(command.reason);
  const burning = refusalOfKept(state, isAcknowledged);
  if (burning !== null) return refuse(burning);
  const quarantined = quarantinedAmong(metAgain(plan, state, policy), state);
  if (quarantined.length > 0 && !isAcknowledged)
    return refuse(
      `${quarantined.join(", ")}: in quarantine since a rollback; acknowledge that, and give a reason, to raise them`,
    );
  const { actor, reason } = command;
  const verb = command.type === "deploy" ? "deployed" : `retried as attempt ${attempt}`;
  const detail = `${plan.name} ${verb} by ${actor}${isBlank(reason) ? "" : `: ${reason}`}`;
  const rollout: Rollout = {
    id: `ro-${state.revision + 1}-${now.toString(36)}`,
    plan,
    thresholds,
    attempt,
    stage,
    startedAt: now,
    startedBy: actor,
    stageStartedAt: now,
    hold: null,
    blind: null,
    pausedAt: null,
    outcome: null,
    endedAt: null,
    rollback: null,
    history: [],
    lastDecision: { at: now, reason: "promoted", detail, actor },
  };
  const target = settingsUpTo(plan, stage, trafficFlag);
  const released = new Set(quarantined);
  const { flags, traffic, changes } = enterStage({ state, policy, now, actor, rollout, target, released });
  const event = eventOf({
    at: now,
    actor,
    reason: "promoted",
    detail,
    flags,
    traffic,
    rollout: eventRolloutOf(rollout),
  });
  const backup: Backup = {
    takenAt: now,
    revision: state.revision,
    settings: settingsOf(policy.flags, state.flags),
    rollout: state.rollout,
  };
  return decided(
    event,
    // No stage of this rollout has been promoted yet: there is none to return to.
    [...changes, { kind: "snapshot", value: null }, { kind: "backup", value: backup }],
    [rolloutMessage("deployed", rollout, event)],
  );
}

/** Flags that the plan turns on, and what is on below them: people would meet it again. */
function metAgain(plan: Plan, state: ApplicationState, { application, flags }: Policy): string[] {
  const raised = flagsRaisedBy(plan, application.trafficFlag);
  const settings = settingsOf(flags, state.flags);
  const below = [...withDescendants(raised, flags)];
  return below.filter((key) => raised.has(key) || settings.get(key)?.enabled === true);
}

/** Why nothing may be started now. */
function refusalToStart(state: ApplicationState, plan: Plan, policy: Policy): string | null {
  const { rollout, rollback } = state;
  if (isActive(rollout))
    return `rollout ${rollout.id} (${rollout.plan.name}) is ${statusOf(rollout)}: abort it, or wait for its end`;
  if (rollback !== null) return openRollback(rollback, state);
  const killed = killSwitchOn(state, policy.flags);
  if (killed !== undefined) {
    const remedy = killed.override
      ? `unset ${overrideVariableOf(killed.key)} and restart Rollguard`
      : "turn it off first";
    return `${killed.key} is on, so that nobody would meet what is deployed: ${remedy}`;
  }
  const unmovable = unmovableFlags(plan, policy);
  if (unmovable.length > 0)
    return `${unmovable.join(", ")}: the plan sets what the policy does not have as a release flag`;
  const unjudged = plan.stages.find(({ gate }) => !policy.gates.has(gate));
  if (unjudged !== undefined)
    return `the gate "${unjudged.gate}" of the plan is not in the policy: nothing could judge ${unjudged.name}`;
  return null;
}

function openRollback({ id, status }: Rollback, { alerts }: ApplicationState): string {
  if (alerts.size > 0)
    return `rollback ${id} is open: its alerts are firing (${namesOf(alerts)}); wait until they resolve`;
  return status === "verifying"
    ? `rollback ${id} is open: it is being verified; wait for the verdict`
    : `rollback ${id} is open: it is ${status}; end it once it is understood: rollguard acknowledge ${id} --reason …`;
}

/** An override that hides it does not count: it goes, and everything would be off. */
function killSwitchOn(state: ApplicationState, flags: FlagPolicies): FlagPolicy | undefined {
  const settings = settingsOf(flags, state.flags);
  return [...flags.values()].find(
    ({ key, kind, override }) => kind === "kill-switch" && (override || settings.get(key)?.enabled),
  );
}

export function isBlank(reason: OperatorCommand["reason"]): boolean {
  return reason === null || reason.trim() === "";
}
