import type { LedgerGap } from "../follow-ledger.ts";
import { printable } from "./printable.ts";

/** Says that events which were asked for have left the ledger, and where to. */
export function gapLine(application: string, { from, to, archive }: LedgerGap): string {
  const which = from === to ? `event ${from} has` : `events ${from} to ${to} have`;
  const where =
    archive === null
      ? "gone, and Redis keeps only the count"
      : `archived in ${archive}, in the server's data directory`;
  return printable(`${application}: ${which} left the ledger: ${where}`);
}
