import type { DoneAnswer, TriedAnswer } from "./answers.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { changeLines, countOf } from "./text/changes-text.ts";
import { doneLines, triedLines } from "./text/done-text.ts";
import { forPeople, json, printable } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

/** A command that changes flags. */
export interface FlagsChange {
  readonly application: string;
  readonly production: boolean;
  /** What one says yes to: `restore the flags of shop`. */
  readonly what: string;
  /** What changes the flags: `shop: the backup at revision 3`. */
  readonly source: string;
  /** Whether production asks before this is done. */
  asksFor(tried: TriedAnswer): boolean;
  send<T>(more: { readonly dryRun?: true; readonly confirm?: "yes" }): Promise<T>;
}

/** Tries it, shows what would change, asks where it has to be asked, and does it. */
export async function changeFlags(change: FlagsChange, options: FlagsOptions, io: Io): Promise<ExitCode> {
  const { production, what, source, asksFor, send } = change;
  const { acknowledge = false, yes = false, json: asJson = false } = options;
  const style = styleOf(io);
  const tried = await send<TriedAnswer>({ dryRun: true });
  const refused = tried.would.reason === "refused";
  if (options["dry-run"]) {
    io.stdout(asJson ? lines(json(tried)) : lines(...triedLines(tried, style)));
    return refused ? 1 : 0;
  }
  if (refused) throw new Failure(withHint(tried.would.detail ?? "it would be refused", acknowledge));
  const asks = production && !yes && asksFor(tried);
  if (asks && (!canAsk(io) || asJson)) throw needsYes(what, production);
  if (!asJson) {
    const { flags } = forPeople(tried);
    io.stdout(
      lines(
        `${printable(source)} changes ${countOf(flags.length, "flag")}`,
        ...changeLines(flags, style).map((line) => `  ${line}`),
      ),
    );
  }
  if (asks) await askForYes(io, what, production);
  const done = await send<DoneAnswer>(production && (yes || asks) ? { confirm: "yes" } : {});
  io.stdout(asJson ? lines(json(done)) : lines(...doneLines({ ...done, flags: [] }, style)));
  return 0;
}

/** Why, for the ledger. @throws UsageError when nothing is said of it, unless nothing is to be done */
export function reasonOf(verb: string, { reason, "dry-run": dryRun }: FlagsOptions): string {
  const said = reason?.trim() || (dryRun ? "dry run" : undefined);
  if (said !== undefined) return said;
  throw new UsageError(`${verb} needs --reason TEXT, for the ledger; nothing was sent`);
}

/** Whether somebody would meet more: what production asks about. */
export function raises({ flags }: TriedAnswer): boolean {
  return flags.some(({ before, after }) => shareOf(after) > shareOf(before));
}

function shareOf({ enabled, rolloutPercentage }: TriedAnswer["flags"][number]["after"]): number {
  return enabled ? rolloutPercentage : 0;
}

function withHint(refusal: string, acknowledge: boolean): string {
  return acknowledge || !refusal.includes("acknowledge") ? refusal : `${refusal}: add --acknowledge`;
}
