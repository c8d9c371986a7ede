import { parseArgs } from "node:util";
import type { Command } from "./command.ts";
import { backUpFlags } from "./flags-backup.ts";
import { diffFlags } from "./flags-diff.ts";
import { exportFlags } from "./flags-export.ts";
import { importFlags } from "./flags-import.ts";
import { getFlag, listFlags } from "./flags-list.ts";
import type { FlagsOptions } from "./flags-options.ts";
import { restoreFlags } from "./flags-restore.ts";
import { setFlag } from "./flags-set.ts";
import { type ExitCode, type Io, lines, UsageError } from "./io.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";

const help = lines(
  "usage: rollguard flags list [--json]",
  "       rollguard flags get KEY [--json]",
  "       rollguard flags set KEY --on | --off | --percentage N --reason TEXT [--acknowledge] [--dry-run] [--yes] [--json]",
  "       rollguard flags backup [--out FILE [--force]]",
  "       rollguard flags diff [FILE] [--json]",
  "       rollguard flags restore [FILE] --reason TEXT [--acknowledge] [--dry-run] [--yes] [--json]",
  "       rollguard flags export [--format flagd|json] [--out FILE [--force]]",
  "       rollguard flags import FILE --reason TEXT [--acknowledge] [--dry-run] [--yes] [--json]",
  "",
  "Exposure is the percentage of users who can meet a flag: 0 when it, or a flag above it, is off.",
  "",
  "  set       sets one flag. Lowering is always allowed, and pauses a rollout that moves the flag; nothing is raised",
  "            while a rollback is open, nor beyond the stage of a rollout. In production it asks before it raises",
  "  backup    writes every flag as JSON; each deploy makes a backup by itself too",
  "  diff      what differs between a backup and now; exit code 0: nothing, 1: something",
  "  restore   sets the flags back to a backup, after showing what would change; in production it asks",
  "  export    writes every flag as users meet it now, for flagd and its providers",
  "  import    sets the flags of a file of flagd in one commit, each as set does; the others stay as they are",
  "",
  "  --on                 at the percentage that it has; at 100 when it has none",
  "  --off                for everybody; it keeps its percentage for when it is turned on again",
  "  --percentage N       on for N percent of users, at most two decimals; with --off: what it keeps",
  "  FILE                 what backup wrote, else the backup that the last deploy made; import: flag definitions of flagd",
  "  --format FORMAT      flagd, or for export json: as list --json; flagd without",
  "  --application NAME   whose flags; needed when there are several",
  "  --out FILE           write there instead of standard output; --force: even when it exists",
  "  --reason TEXT        why, for the ledger",
  "  --acknowledge        raise what a rollback has put in quarantine; set: lower what is protected",
  "  --dry-run            show what would change, and change nothing; exit code 1 when it would be refused",
  "  --revision N         only while the application is at this revision",
  "  --yes                do not ask",
  "  --json               list, get: as GET /api/v1/applications/NAME/flags[/KEY] gives it;",
  "                       set, restore, import: what the server answers; asks nothing",
);

interface Verb {
  readonly takes: readonly (keyof FlagsOptions)[];
  /** Whether something may follow the verb. */
  readonly argument: boolean;
  run(argument: string | undefined, options: FlagsOptions, io: Io): Promise<ExitCode>;
}

/** What every verb that changes flags takes. */
const CHANGES = ["json", "reason", "acknowledge", "dry-run", "revision", "yes"] as const;

const VERBS: Readonly<Record<string, Verb>> = {
  list: { takes: ["json"], argument: false, run: (_, options, io) => listFlags(options, io) },
  get: { takes: ["json"], argument: true, run: getFlag },
  set: { takes: ["on", "off", "percentage", ...CHANGES], argument: true, run: setFlag },
  backup: { takes: ["out", "force"], argument: false, run: (_, options, io) => backUpFlags(options, io) },
  diff: { takes: ["json"], argument: true, run: diffFlags },
  restore: { takes: CHANGES, argument: true, run: restoreFlags },
  export: {
    takes: ["format", "out", "force"],
    argument: false,
    run: (_, options, io) => exportFlags(options, io),
  },
  import: { takes: ["format", ...CHANGES], argument: true, run: importFlags },
};

export const flags: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        ...OPERATOR_OPTIONS,
        acknowledge: { type: "boolean" },
        yes: { type: "boolean" },
        on: { type: "boolean" },
        off: { type: "boolean" },
        percentage: { type: "string" },
        format: { type: "string" },
        out: { type: "string" },
        force: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [name, argument, ...extra] = positionals;
    const verb = name !== undefined && Object.hasOwn(VERBS, name) ? VERBS[name] : undefined;
    if (verb === undefined)
      throw new UsageError("expected list, get KEY, set KEY, backup, diff, restore, export or import FILE");
    if (extra.length > 0 || (argument !== undefined && !verb.argument))
      throw new UsageError("too many arguments");
    for (const option of Object.keys(values))
      if (option !== "application" && !verb.takes.some((taken) => taken === option))
        throw new UsageError(`${name} takes no --${option}`);
    return await verb.run(argument, values, io);
  },
};
