import type { FlagChangeView } from "../app/describe-changes.ts";
import type { FlagSetting } from "../domain/flag.ts";
import type { ServedApplication } from "./answers.ts";
import { clientOf, fetchApplication, fetchApplications, pathOf, pickApplication } from "./applications.ts";
import { type Backup, readBackupFile } from "./backup-file.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, Failure, type Io, lines } from "./io.ts";
import { changeLines, countOf } from "./text/changes-text.ts";
import { forPeople, json, printable } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";
import { clockTime } from "./text/times.ts";

interface Difference {
  /** Before: in the backup; after: now. */
  readonly changed: readonly FlagChangeView[];
  readonly onlyInBackup: readonly string[];
  readonly onlyNow: readonly string[];
}

/** What differs between a backup and now. */
export async function diffFlags(
  file: string | undefined,
  { application: name, json: asJson }: FlagsOptions,
  io: Io,
): Promise<ExitCode> {
  const { backup, now } = file === undefined ? await fromServer(name, io) : await fromFile(file, name, io);
  const { application, revision } = now;
  const difference = differenceOf(backup, now);
  const count = difference.changed.length + difference.onlyInBackup.length + difference.onlyNow.length;
  if (asJson) io.stdout(lines(json({ application, backup: backup.revision, revision, ...difference })));
  else io.stdout(lines(...forPeople(differenceLines(backup, difference, count, io))));
  return count === 0 ? 0 : 1;
}

function differenceLines(backup: Backup, difference: Difference, count: number, io: Io): string[] {
  const { changed, onlyInBackup, onlyNow } = difference;
  const which = describeBackup(backup);
  if (count === 0) return [`${backup.application}: every flag stands as in ${which}`];
  return [
    `${backup.application}: ${countOf(count, "flag")} differ${count === 1 ? "s" : ""} from ${which}; then and now:`,
    ...changeLines(changed, styleOf(io)).map((line) => `  ${line}`),
    ...onlyInBackup.map((key) => `  ${key}  only in the backup`),
    ...onlyNow.map((key) => `  ${key}  only now`),
  ];
}

export function describeBackup({ takenAt, revision }: Backup): string {
  return printable(`the backup ${takenAt === "" ? "" : `of ${clockTime(takenAt)} `}at revision ${revision}`);
}

async function fromServer(
  name: string | undefined,
  io: Io,
): Promise<{ backup: Backup; now: ServedApplication }> {
  const client = clientOf(io);
  const now = await fetchApplication(client, name);
  return { backup: await client.get<Backup>(pathOf(now.application, "/backup")), now };
}

/** Without a server the store itself will do. */
async function fromFile(
  file: string,
  name: string | undefined,
  io: Io,
): Promise<{ backup: Backup; now: ServedApplication }> {
  const backup = readBackupFile(file);
  const now = pickApplication(await fetchApplications(io), applicationOf(backup, file, name));
  return { backup, now };
}

/** @throws Failure when the backup is of another application than the one that is named */
export function applicationOf({ application }: Backup, file: string, name: string | undefined): string {
  if (name === undefined || name === application) return application;
  throw new Failure(`${file} is a backup of "${application}", not of "${name}"`);
}

function differenceOf(backup: Backup, { flags }: ServedApplication): Difference {
  const now = new Map(flags.map((flag) => [flag.key, flag]));
  const then = new Set(backup.flags.map(({ key }) => key));
  const changed = backup.flags.flatMap((before): FlagChangeView[] => {
    const after = now.get(before.key);
    if (after === undefined) return [];
    const same = before.enabled === after.enabled && before.rolloutPercentage === after.rolloutPercentage;
    if (same) return [];
    const change = { flag: before.key, before: settingOf(before), after: settingOf(after) };
    return [after.override === undefined ? change : { ...change, override: after.override }];
  });
  return {
    changed,
    onlyInBackup: [...then].filter((key) => !now.has(key)),
    onlyNow: [...now.keys()].filter((key) => !then.has(key)),
  };
}

function settingOf({ enabled, rolloutPercentage }: FlagSetting): FlagSetting {
  return { enabled, rolloutPercentage };
}
