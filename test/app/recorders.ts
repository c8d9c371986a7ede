import type { Recorder } from "../../src/app/ports.ts";

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
