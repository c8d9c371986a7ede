import type { FlagView } from "../app/describe-application.ts";
import { fetchApplications, pickApplication } from "./applications.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, type Io, lines, UsageError } from "./io.ts";
import { overrideText } from "./text/override-text.ts";
import { forPeople, json } from "./text/printable.ts";
import { table } from "./text/table.ts";

export async function listFlags(options: FlagsOptions, io: Io): Promise<ExitCode> {
  const { application, revision, flags } = pickApplication(await fetchApplications(io), options.application);
  io.stdout(options.json ? lines(json({ application, revision, flags })) : flagTable(flags));
  return 0;
}

export async function getFlag(key: string | undefined, options: FlagsOptions, io: Io): Promise<ExitCode> {
  if (key === undefined) throw new UsageError("get: which flag?");
  const { application, flags } = pickApplication(await fetchApplications(io), options.application);
  const flag = flags.find((candidate) => candidate.key === key);
  if (flag === undefined) throw new UsageError(`"${application}" has no flag "${key}"; see flags list`);
  io.stdout(options.json ? lines(json(flag)) : flagTable([flag]));
  return 0;
}

function flagTable(rows: readonly FlagView[]): string {
  return lines(
    ...table([
      ["FLAG", "ON", "PERCENT", "EXPOSURE", "PHASE", "CHANGED BY", "AT", ""],
      ...forPeople(rows).map((flag) => [
        flag.key,
        flag.enabled ? "on" : "off",
        String(flag.rolloutPercentage),
        String(flag.exposure),
        flag.phase === null ? "-" : String(flag.phase),
        flag.updatedBy,
        flag.updatedAt ?? "-",
        [flag.quarantined ? "quarantined" : "", overrideText(flag.key, flag.override)]
          .filter((mark) => mark !== "")
          .join(", "),
      ]),
    ]),
  );
}
