import type { Recorder } from "../../src/app/ports.ts";
import { until } from "../support/until.ts";

/** Counts nothing but what a test asks for. */
export function recorderOf(counted: Partial<Recorder> = {}): Recorder {
  const nothing = (): void => undefined;
  return {
    alertReceived: nothing,
    alertsTruncated: nothing,
    alertMisaddressed: nothing,
    decided: nothing,
    rollbackTook: nothing,
    rollbackJudged: nothing,
    reconciled: nothing,
    rolloutEnded: nothing,
    notified: nothing,
    watchdogHeard: nothing,
    ...counted,
  };
}

/** It is recorded by whoever has committed it, a moment after the store has it. */
export function isCounted(recorded: readonly string[], wanted: string): Promise<unknown> {
  return until(
    wanted,
    () => recorded.join(),
    (seen) => seen === wanted,
  );
}
