import type { LedgerEvent } from "../../domain/event.ts";
import { isActive, type Rollout, stageOf, statusOf } from "../../domain/rollout.ts";
import { rfc3339 } from "../rfc3339.ts";
import type { DecisionView } from "./report.ts";
import { endOfStage, type StageSpan } from "./stage-results.ts";

/** What was decided of a stage, and why; of one that goes on, the last word so far. */
export function decisionOnStage(
  span: StageSpan,
  rollout: Rollout,
  events: readonly LedgerEvent[],
): DecisionView {
  const end = endOfStage(span, rollout, events);
  if (end !== undefined) return viewOf(wordOf(end, span), end);
  return decisionSoFar(rollout);
}

/** The last decision of a time that is over; where there was none, the stage went on baking. */
export function decisionWithin(rollout: Rollout, events: readonly LedgerEvent[]): DecisionView {
  const last = events.findLast((event) => event.rollout?.id === rollout.id && event.reason !== "resumed");
  if (last === undefined)
    return { decision: "none in this time", at: null, by: null, rationale: "its stage went on baking" };
  const { reason, rollout: then } = last;
  const stage = then?.stage ?? 1;
  if (reason === "promoted" || reason === "approved") return viewOf(wordOf(last, { stage: stage - 1 }), last);
  if (then !== null && then.status in ENDED_WORDS) return viewOf(wordOf(last, { stage }), last);
  return viewOf(then?.status === "paused" ? `PAUSE at stage ${stage}` : `HOLD at stage ${stage}`, last);
}

const ENDED_WORDS = { rolled_back: true, completed: true, aborted: true, failed: true };

/** The last word on a rollout. */
export function decisionSoFar(rollout: Rollout): DecisionView {
  const { lastDecision } = rollout;
  const { traffic } = stageOf(rollout);
  const status = statusOf(rollout);
  const entered = lastDecision.at === rollout.stageStartedAt && isActive(rollout);
  if (entered)
    return {
      decision: `none yet: stage ${rollout.stage + 1} bakes`,
      at: null,
      by: null,
      rationale: `the last one: ${lastDecision.detail}`,
    };
  const word =
    status === "rolled_back"
      ? "ROLLBACK"
      : status === "completed"
        ? "COMPLETE"
        : status === "aborted"
          ? `ABORT: traffic stays at ${traffic} %`
          : status === "failed"
            ? `STOP at ${traffic} %`
            : status === "paused"
              ? `PAUSE at ${traffic} %`
              : status === "holding"
                ? `HOLD at ${traffic} %`
                : `GO ON at ${traffic} %`;
  return viewOf(word, lastDecision);
}

function wordOf({ rollout, traffic, reason }: LedgerEvent, { stage }: Pick<StageSpan, "stage">): string {
  switch (rollout?.status) {
    case "rolled_back":
      return `ROLLBACK${traffic === null ? "" : ` to ${traffic.after} %`}`;
    case "completed":
      return "COMPLETE";
    case "aborted":
      return "ABORT: traffic stays";
    case "failed":
      return "STOP: the next stage cannot be entered";
    default:
      return `PROCEED to stage ${stage + 1}${reason === "approved" ? ", approved" : ""}`;
  }
}

function viewOf(
  decision: string,
  { at, actor, detail }: Pick<LedgerEvent, "at" | "actor" | "detail">,
): DecisionView {
  return { decision, at: rfc3339(at), by: actor, rationale: detail ?? "the ledger has no words for it" };
}
