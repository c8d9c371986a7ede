import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import { type Backup, readBackupFile } from "./backup-file.ts";
import { canAsk, needsYes } from "./confirm.ts";
import { changeFlags } from "./flags-change.ts";
import { applicationOf, describeBackup } from "./flags-diff.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, type Io, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";

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
  const body = { flags: backup.flags, reason, acknowledge, ...(production ? { confirm: "yes" } : {}) };
  return await changeFlags(
    {
      application,
      production,
      what,
      source: `${application}: ${describeBackup(backup)}`,
      asksFor: ({ flags }) => flags.length > 0,
      send: (more) => client.post(path, { ...body, ...more }, { revision }),
    },
    options,
    io,
  );
}
