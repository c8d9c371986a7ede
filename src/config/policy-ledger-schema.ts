import { z } from "zod";
import { parseDuration } from "../domain/time.ts";
import { count, duration } from "./policy-scalars.ts";

/** A responder that was away for shorter than this, or missed fewer events, still finds in the ledger what it has seen. */
const LEAST = { for: "1d", events: 1_000 };
/** The embedded store has room for about two million events, of all applications together. */
const MOST = { for: "3650d", events: 1_000_000 };

export const ledgerSchema = z
  .strictObject({
    keepFor: duration()
      .refine(isWithin, `must be from ${LEAST.for} to ${MOST.for}`)
      .prefault("400d")
      .describe("Events that are older leave the ledger."),
    keepEvents: count()
      .min(LEAST.events, `must be ${LEAST.events} or more`)
      .max(MOST.events, `must be ${MOST.events} or less`)
      .default(100_000)
      .describe("Events that are not among the newest so many leave the ledger."),
  })
  .describe(
    "How much of the past is kept. What leaves is archived in the data directory, or with Redis gone; nothing of an open rollback leaves.",
  );

function isWithin(duration: number): boolean {
  return duration >= millisecondsOf(LEAST.for) && duration <= millisecondsOf(MOST.for);
}

function millisecondsOf(written: string): number {
  return parseDuration(written) ?? Number.NaN;
}
