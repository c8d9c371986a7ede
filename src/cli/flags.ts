import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { backUpFlags } from "./flags-backup.ts";
import { diffFlags } from "./flags-diff.ts";
import { getFlag, listFlags } from "./flags-list.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { restoreFlags } from "./flags-restore.ts";
import { type ExitCode, type Io, lines, UsageError } from "./io.ts";

const help = lines(
  "usage: rollguard flags list [--json]",
  "       rollguard flags get KEY [--json]",
  "       rollguard flags backup [--out FILE [--force]]",
  "       rollguard flags diff [FILE] [--json]",
  "       rollguard flags restore [FILE] --reason TEXT [--acknowledge] [--dry-run] [--yes] [--json]",
  "",
  "Exposure is the percentage of users who can meet a flag: 0 when it, or a flag above it, is off.",
  "",
  "  backup    writes every flag as JSON; each deploy makes a backup by itself too",
  "  diff      what differs between a backup and now; exit code 0: nothing, 1: something",
  "  restore   sets the flags back to a backup, after showing what would change; in production it asks",
  "",
  "  FILE                 what backup wrote; without, the backup that the last deploy made",
  "  --application NAME   whose flags; needed when there are several",
  "  --out FILE           write there instead of standard output; --force: even when it exists",
  "  --reason TEXT        why, for the ledger",
  "  --acknowledge        raise what a rollback has put in quarantine",
  "  --dry-run            show what would change, and change nothing; exit code 1 when it would be refused",
  "  --revision N         only while the application is at this revision",
  "  --yes                do not ask",
  "  --json               list, get: as GET /api/v1/applications/NAME/flags[/KEY] gives it;",
  "                       restore: what the server answers; asks nothing",
);

interface Verb {
  readonly takes: readonly (keyof FlagsOptions)[];
  /** Whether something may follow the verb. */
  readonly argument: boolean;
  run(argument: string | undefined, options: FlagsOptions, io: Io): Promise<ExitCode>;
}

const VERBS: Readonly<Record<string, Verb>> = {
  list: { takes: ["json"], argument: false, run: (_, options, io) => listFlags(options, io) },
  get: { takes: ["json"], argument: true, run: getFlag },
  backup: { takes: ["out", "force"], argument: false, run: (_, options, io) => backUpFlags(options, io) },
  diff: { takes: ["json"], argument: true, run: diffFlags },
  restore: {
    takes: ["json", "reason", "acknowledge", "dry-run", "revision", "yes"],
    argument: true,
    run: restoreFlags,
  },
};

export const flags: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        application: { type: "string" },
        json: { type: "boolean" },
        out: { type: "string" },
        force: { type: "boolean" },
        reason: { type: "string" },
        acknowledge: { type: "boolean" },
        "dry-run": { type: "boolean" },
        revision: { type: "string" },
        yes: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [name, argument, ...extra] = positionals;
    const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined) throw new UsageError("expected list, get KEY, backup, diff or restore");
    if (extra.length > 0 || (argument !== undefined && !verb.argument))
      throw new UsageError("too many arguments");
    for (const option of Object.keys(values))
      if (option !== "application" && !verb.takes.some((taken) => taken === option))
        throw new UsageError(`${name} takes no --${option}`);
    return await verb.run(argument, values, io);
  },
};
