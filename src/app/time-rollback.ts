import type { Decision } from "../domain/decision.ts";
import type { Recorder } from "./ports.ts";

/** How long it took from an alert's start until a rollback was decided, where a decision has begun one. */
export function timeRollback(recorder: Recorder, { reason, changes }: Decision): void {
  if (reason !== "rolled_back" && reason !== "already_rolled_back") return;
  for (const change of changes) {
    if (change.kind !== "rollback" || change.value === null) continue;
    const { alertStartedAt, receivedAt, startedAt } = change.value;
    if (receivedAt === null) return;
    if (alertStartedAt !== null) recorder.rollbackTook("detect", receivedAt - alertStartedAt);
    recorder.rollbackTook("decide", startedAt - receivedAt);
  }
}
