import { fetchApplications, pickApplication } from "./applications.ts";
import type { Backup } from "./backup-file.ts";
import { checkForce, deliverFile } from "./deliver-file.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, type Io, lines } from "./io.ts";
import { clockOf } from "./system-clock.ts";
import { countOf } from "./text/changes-text.ts";
import { json } from "./text/printable.ts";

/** Writes every flag as it is now: from the store itself too, when no server answers. */
export async function backUpFlags(options: FlagsOptions, io: Io): Promise<ExitCode> {
  checkForce(options);
  const { application, revision, flags } = pickApplication(await fetchApplications(io), options.application);
  const backup: Backup = {
    application,
    takenAt: new Date(clockOf(io).now()).toISOString(),
    revision,
    flags: flags.map(({ key, enabled, rolloutPercentage }) => ({ key, enabled, rolloutPercentage })),
  };
  const what = `${countOf(flags.length, "flag")} of ${application} at revision ${revision}`;
  deliverFile(lines(json(backup, 2)), what, options, io);
  return 0;
}
