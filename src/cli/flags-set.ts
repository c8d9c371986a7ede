import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import { changeFlags, raises, reasonOf } from "./flags-change.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { type ExitCode, type Io, UsageError } from "./io.ts";
import { numberOf, wholeNumberOf } from "./numbers.ts";

/** Sets one flag. */
export async function setFlag(key: string | undefined, options: FlagsOptions, io: Io): Promise<ExitCode> {
  if (key === undefined) throw new UsageError("set: which flag?");
  const wish = wishOf(options);
  const reason = reasonOf("set", options);
  const { acknowledge = false } = options;
  const revision = wholeNumberOf("revision", options.revision, 0);
  const client = clientOf(io);
  const { application, production = false, flags } = await fetchApplication(client, options.application);
  if (!flags.some((flag) => flag.key === key))
    throw new UsageError(`"${application}" has no flag "${key}"; see flags list`);
  const path = pathOf(application, `/flags/${encodeURIComponent(key)}`);
  return await changeFlags(
    {
      application,
      production,
      what: `set ${key} of ${application}`,
      source: `${application}: this`,
      asksFor: raises,
      send: (more) => client.put(path, { ...wish, reason, acknowledge, ...more }, { revision }),
    },
    options,
    io,
  );
}

/** `--percentage` alone is for a flag that is on: who says how many people meet it wants them to. */
function wishOf({ on = false, off = false, percentage }: FlagsOptions): {
  readonly enabled: boolean;
  readonly rolloutPercentage: number | undefined;
} {
  const rolloutPercentage = numberOf("percentage", percentage);
  if (on && off) throw new UsageError("set: say --on or --off, not both; nothing was sent");
  if (!on && !off && rolloutPercentage === undefined)
    throw new UsageError("set: say --on, --off or --percentage N; nothing was sent");
  return { enabled: !off, rolloutPercentage };
}
