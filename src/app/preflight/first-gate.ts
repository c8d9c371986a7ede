import { decideCheck } from "../../domain/decide-check.ts";
import type { Decision } from "../../domain/decision.ts";
import { Draft } from "../../domain/draft.ts";
import type { Evidence } from "../../domain/evidence.ts";
import type { Policy } from "../../domain/policy.ts";
import { type ActiveRollout, isActive, stageOf } from "../../domain/rollout.ts";
import type { ApplicationState } from "../../domain/state.ts";
import type { Duration } from "../../domain/time.ts";
import type { StateStore } from "../ports.ts";
import { fail, type PreflightCheck } from "./preflight-check.ts";

/** Requests of so long before a start are judged. */
const BEFORE: Duration = 5 * 60_000;

export interface FirstGate {
  readonly store: Pick<StateStore, "read">;
  readonly look: (policy: Policy, state: ApplicationState) => Promise<Evidence>;
}

/**
 * Looks at the first gate of a rollout that is about to start, as its first look would: what is red now, or cannot be seen,
 * would be so when people have been given it. Nobody has it yet: its requests are those of everybody.
 * @param start what would be decided; nothing is told of a start that would be refused
 * @returns null when nothing speaks against it
 */
export async function checkFirstGate(
  { store, look }: FirstGate,
  policy: Policy,
  start: Decision,
): Promise<PreflightCheck | null> {
  const draft = new Draft(await store.read(policy.application.name));
  draft.apply(start);
  const { rollout } = draft;
  if (start.reason !== "promoted" || !isActive(rollout)) return null;
  draft.rollout = ofEverybody(rollout);
  const evidence = await look(policy, draft);
  const { reason, detail, changes } = decideCheck(
    draft,
    { type: "check", evidence, early: true },
    policy,
    evidence.takenAt,
  );
  const gate = `the gate "${stageOf(rollout).gate}"`;
  if (reason === "rolled_back")
    return fail("gate", `${gate} is red now: ${detail}`, "mend that first: the first look would roll back");
  const isBlind = changes.some((change) => change.kind === "rollout" && change.value?.blind != null);
  if (!isBlind) return null;
  return fail(
    "gate",
    `${gate} cannot be seen now: ${detail}`,
    "mend that first: a rollout would be held, blind, at once",
  );
}

function ofEverybody(rollout: ActiveRollout): ActiveRollout {
  const { plan, stageStartedAt } = rollout;
  const stages = plan.stages.map((stage) => ({ ...stage, traffic: 100 }));
  return { ...rollout, plan: { ...plan, stages }, stageStartedAt: stageStartedAt - BEFORE };
}
