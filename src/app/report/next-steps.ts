import { isActive, type Rollout, stageOf, statusOf } from "../../domain/rollout.ts";
import { formatDuration } from "../../domain/time.ts";
import { rfc3339 } from "../rfc3339.ts";
import { quarantinedBy } from "./quarantined.ts";
import type { NextStep } from "./report.ts";
import { type RolloutNow, stagesToCome } from "./schedule-so-far.ts";
import { type StageSpan, stagesBegun } from "./stage-results.ts";

/** What comes next of a rollout, and who has to do it. */
export function nextStepsOf(at: RolloutNow): NextStep[] {
  const { rollout, state } = at;
  const { traffic } = stageOf(rollout);
  if (state.rollout?.id !== rollout.id) return [step("a later rollout has begun: see its reports")];
  switch (statusOf(rollout)) {
    case "running":
      return toCome(at);
    case "holding":
      return whileHolding(at);
    case "paused":
      return [step("it goes on when somebody resumes it: rollguard resume"), ...toCome(at)];
    case "rolled_back":
      return afterRollback(at);
    case "aborted":
      return [
        step(
          `traffic stays where it is (stage of ${traffic} %); to take it back: rollguard rollback --reason TEXT`,
        ),
        ...again,
      ];
    case "failed":
      return [step(`mend the policy: ${rollout.lastDecision.detail}`), ...again];
    case "completed":
      return [step("watch it: alerts roll back as before, though no gate looks any more")];
  }
}

const again: readonly NextStep[] = [step("to start it again: rollguard retry --acknowledge --reason TEXT")];

function step(text: string, at: number | null = null): NextStep {
  return { text, at: at === null ? null : rfc3339(at) };
}

/** The stage behind one that is over, where it has begun. */
export function stageBehind({ stage }: Pick<StageSpan, "stage">, rollout: Rollout): NextStep[] {
  const behind = stagesBegun(rollout).find((each) => each.stage === stage + 1);
  const [before, next] = rollout.plan.stages.slice(stage - 1, stage + 1);
  if (behind === undefined || before === undefined || next === undefined) return [];
  const bake = `it bakes ${formatDuration(next.bake)}, looked at every ${formatDuration(next.checkEvery)}`;
  const text = `stage ${stage + 1}${named(next.name, stage + 1)} has begun: ${before.traffic} % → ${next.traffic} %; ${bake}`;
  return [step(text, behind.startedAt)];
}

/** The next stage with its time, and when it is decided on in its turn. */
function toCome(at: RolloutNow): NextStep[] {
  const [current, next] = stagesToCome(at);
  if (current === undefined) return [];
  const earliest = at.rollout.pausedAt === null ? current.endsAt : null;
  if (next === undefined) return [step("the rollout is completed, at the earliest", earliest)];
  const approval = current.approval ? ", once an operator approves it (rollguard approve)" : "";
  const then = `it bakes ${formatDuration(next.bake)}, looked at every ${formatDuration(next.checkEvery)}`;
  return [
    step(
      `stage ${next.stage}${named(next.name, next.stage)}: ${current.traffic} % → ${next.traffic} %, at the earliest${approval}; ${then}`,
      earliest,
    ),
    ...(earliest === null ? [] : [step(`decision on stage ${next.stage}, at the earliest`, next.endsAt)]),
  ];
}

function named(name: string, stage: number): string {
  return name === "" || name.startsWith(`stage ${stage}`) ? "" : ` "${name}"`;
}

function whileHolding(at: RolloutNow): NextStep[] {
  const { rollout, state } = at;
  const { hold, blind } = rollout;
  if (blind !== null)
    return [
      step(
        "find out why nothing is seen: rollguard preflight; nothing is promoted and nothing rolled back until then",
      ),
      ...blind.missing.map((missing) => step(`missing: ${missing}`)),
      ...toCome(at),
    ];
  if (hold?.kind === "approval")
    return [step("approve it: rollguard approve; it waits for that"), ...toCome(at)];
  if (hold?.kind === "not_enough" || hold?.kind === "shared_cause") {
    const next =
      hold.kind === "not_enough"
        ? "wait for more requests: it is promoted by itself then; or approve it without them: rollguard approve --reason TEXT"
        : "find out what hits those without the change too; it goes on by itself when that is over";
    return [step(next), ...hold.why.map((why) => step(`find out why: ${why}`)), ...toCome(at)];
  }
  const needed = state.bake === null ? "" : ` for ${formatDuration(state.bake.needed)}`;
  const [current] = stagesToCome(at);
  return [
    step(`it bakes anew${needed}, and is then decided on again by itself`, current?.endsAt ?? null),
    ...(hold?.why ?? []).map((why) => step(`find out why: ${why}`)),
  ];
}

function afterRollback({ rollout, state, policy }: RolloutNow): NextStep[] {
  const id = rollout.rollback;
  if (id === null) return [...again];
  const open = state.rollback?.id === id;
  const held = quarantinedBy(id, policy, state);
  return [
    step(`see what happened: rollguard report incident --rollback ${id}`),
    ...(open
      ? [step("the rollback is open: it ends by itself when its alerts have resolved and it is verified")]
      : []),
    ...(held.length === 0
      ? []
      : [
          step(
            `when its cause is mended, let its flags out of quarantine: rollguard acknowledge ${id} --reason TEXT`,
          ),
        ]),
    ...again,
  ];
}

/** Without a rollout that runs, what somebody has to do all the same. */
export function nextStepsWithout({ state }: Pick<RolloutNow, "state">): NextStep[] {
  const open = state.rollback;
  if (open !== null) return [step(`a rollback is open: rollguard report incident --rollback ${open.id}`)];
  return isActive(state.rollout) ? [] : [step("nothing is planned: rollguard deploy starts a rollout")];
}
