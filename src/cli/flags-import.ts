import { type FlagdSetting, readFlagd } from "../adapters/flagd/read-flagd.ts";
import { listed } from "../domain/listed.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import { readCheckedFile } from "./checked-file.ts";
import { changeFlags, raises, reasonOf } from "./flags-change.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { printable } from "./text/printable.ts";

/** Sets the flags that a file of flagd has, all of them in one commit, after showing what that changes. */
export async function importFlags(
  file: string | undefined,
  options: FlagsOptions,
  io: Io,
): Promise<ExitCode> {
  if (file === undefined) throw new UsageError("import: which file?");
  const { format = "flagd", acknowledge = false } = options;
  if (format !== "flagd")
    throw new UsageError(`--format: only flagd is read, not "${format}"; flags restore reads backups`);
  const reason = reasonOf("import", options);
  const revision = wholeNumberOf("revision", options.revision, 0);
  const found = read(file);
  const client = clientOf(io);
  const { application, production = false, ...view } = await fetchApplication(client, options.application);
  const known = new Set(view.flags.map(({ key }) => key));
  const flags = [...found].filter(([key]) => known.has(key)).map(([key, setting]) => ({ key, ...setting }));
  if (flags.length === 0) throw new Failure(`${file}: none of its flags is one of ${application}`);
  const unknown = [...found.keys()].filter((key) => !known.has(key));
  if (unknown.length > 0) {
    const names = unknown.map((key) => printable(key).slice(0, 100));
    io.stderr(lines(`left out, since ${application} does not have them: ${listed(names)}`));
  }
  const path = pathOf(application, "/flags");
  return await changeFlags(
    {
      application,
      production,
      what: `import ${file} into the flags of ${application}`,
      source: `${application}: ${file}`,
      asksFor: raises,
      send: (more) => client.put(path, { flags, reason, acknowledge, ...more }, { revision }),
    },
    options,
    io,
  );
}

/** @throws Failure that names the flag and the place of everything that is no plain flag */
function read(file: string): ReadonlyMap<string, FlagdSetting> {
  const checked = readCheckedFile(file);
  const { flags, problems } = readFlagd(checked.value);
  if (problems.length > 0) throw checked.failure(problems);
  return flags;
}
