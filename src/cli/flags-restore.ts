import type { DoneAnswer, TriedAnswer } from "./answers.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import { type Backup, readBackupFile } from "./backup-file.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { applicationOf, describeBackup } from "./flags-diff.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { changeLines, countOf } from "./text/changes-text.ts";
import { doneLines, triedLines } from "./text/done-text.ts";
import { forPeople, json, printable } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

/** Sets the flags back to a backup, after showing what that changes. */
export async function restoreFlags(
  file: string | undefined,
  options: FlagsOptions,
  io: Io,
): Promise<ExitCode> {
  const { reason, acknowledge = false, yes = false, json: asJson = false } = options;
  if (!reason?.trim()) throw new UsageError("restore needs --reason TEXT, for the ledger; nothing was sent");
  const revision = wholeNumberOf("revision", options.revision, 0);
  const given = file === undefined ? undefined : readBackupFile(file);
  const name =
    given === undefined || file === undefined
      ? options.application
      : applicationOf(given, file, options.application);
  const client = clientOf(io);
  const { application, production = false } = await fetchApplication(client, name);
  const askable = canAsk(io) && !asJson;
  const what = `restore the flags of ${application}`;
  if (production && !askable && !yes && !options["dry-run"]) throw needsYes(what, production);
  const backup = given ?? (await client.get<Backup>(pathOf(application, "/backup")));

  const path = pathOf(application, "/restore");
  const body = { flags: backup.flags, reason, acknowledge };
  const style = styleOf(io);
  const tried = await client.post<TriedAnswer>(path, { ...body, dryRun: true }, { revision });
  const refused = tried.would.reason === "refused";
  if (options["dry-run"]) {
    io.stdout(asJson ? lines(json(tried)) : lines(...triedLines(tried, style)));
    return refused ? 1 : 0;
  }
  if (refused) throw new Failure(withHint(tried.would.detail ?? "it would be refused", acknowledge));
  if (!asJson) {
    const { flags } = forPeople(tried);
    io.stdout(
      lines(
        `${printable(application)}: ${describeBackup(backup)} changes ${countOf(flags.length, "flag")}`,
        ...changeLines(flags, style).map((line) => `  ${line}`),
      ),
    );
  }
  if (production && !yes && tried.flags.length > 0) await askForYes(io, what, production);
  const confirm = production ? "yes" : undefined;
  const done = await client.post<DoneAnswer>(path, { ...body, confirm }, { revision });
  io.stdout(asJson ? lines(json(done)) : lines(...doneLines({ ...done, flags: [] }, style)));
  return 0;
}

function withHint(refusal: string, acknowledge: boolean): string {
  return acknowledge || !refusal.includes("acknowledge") ? refusal : `${refusal}: add --acknowledge`;
}
