import { flagdDocument } from "../adapters/flagd/flagd-document.ts";
import { fetchApplications, pickApplication } from "./applications.ts";
import { checkForce, deliverFile } from "./deliver-file.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, type Io, lines, UsageError } from "./io.ts";
import { countOf } from "./text/changes-text.ts";
import { json } from "./text/printable.ts";

/** Writes every flag as people meet it now, for others to read: from the store itself too, when no server answers. */
export async function exportFlags(options: FlagsOptions, io: Io): Promise<ExitCode> {
  const { format = "flagd" } = options;
  if (format !== "flagd" && format !== "json")
    throw new UsageError(`--format: expected flagd or json, not "${format}"`);
  checkForce(options);
  const { application, revision, flags } = pickApplication(await fetchApplications(io), options.application);
  const document =
    format === "flagd" ? flagdDocument(application, revision, flags) : { application, revision, flags };
  const what = `${countOf(flags.length, "flag")} of ${application} at revision ${revision}`;
  deliverFile(lines(json(document, 2)), what, options, io);
  return 0;
}
