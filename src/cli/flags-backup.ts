import { writeFileSync } from "node:fs";
import { writeFileAtomically } from "../adapters/files/written-files.ts";
import { fetchApplications, pickApplication } from "./applications.ts";
import type { Backup } from "./backup-file.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { clockOf } from "./system-clock.ts";
import { countOf } from "./text/changes-text.ts";
import { json } from "./text/printable.ts";

/** Writes every flag as it is now: from the store itself too, when no server answers. */
export async function backUpFlags(
  { application: name, out, force }: FlagsOptions,
  io: Io,
): Promise<ExitCode> {
  if (force && out === undefined) throw new UsageError("--force is for --out FILE");
  const { application, revision, flags } = pickApplication(await fetchApplications(io), name);
  const backup: Backup = {
    application,
    takenAt: new Date(clockOf(io).now()).toISOString(),
    revision,
    flags: flags.map(({ key, enabled, rolloutPercentage }) => ({ key, enabled, rolloutPercentage })),
  };
  const text = lines(json(backup, 2));
  if (out === undefined) {
    io.stdout(text);
    return 0;
  }
  write(out, text, force === true);
  io.stdout(
    lines(`${countOf(flags.length, "flag")} of ${application} at revision ${revision} written to ${out}`),
  );
  return 0;
}

function write(path: string, text: string, overwrite: boolean): void {
  try {
    if (overwrite) writeFileAtomically(path, text);
    else writeFileSync(path, text, { flag: "wx" });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw new Failure(`${path} exists already: name another file, or say --force`);
    throw new Failure(`${path} cannot be written: ${message}`);
  }
}
