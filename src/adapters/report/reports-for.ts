import type { ReportRequest } from "../../app/report/make-report.ts";
import type { Message } from "../../domain/message.ts";

const ENDED: ReadonlySet<string> = new Set(["rolled_back", "aborted", "completed", "failed"]);

/**
 * Which reports are to be written when a message is delivered: of a rollback its incident, each time anew; of a stage that was
 * left, and of a rollout that has ended, theirs.
 */
export function reportsFor({ subject, kind, rollout }: Message): ReportRequest[] {
  // Alerts that were kept back, the storm breaker and the kill switch have subjects of their own.
  const incident: ReportRequest[] = subject.startsWith("rb-")
    ? [{ kind: "incident", rollback: subject }]
    : [];
  if (rollout === null) return incident;
  const { id, stage, status } = rollout;
  if (ENDED.has(status))
    return [...incident, { kind: "stage", rollout: id, stage }, { kind: "final", rollout: id }];
  // It is in the next stage already.
  return kind === "promoted" && stage > 1
    ? [...incident, { kind: "stage", rollout: id, stage: stage - 1 }]
    : incident;
}
