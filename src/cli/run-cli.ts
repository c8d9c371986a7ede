import { StartError } from "../config/start-error.ts";
import { RollguardError } from "../domain/errors.ts";
import { COMMANDS, type CommandEntry } from "./commands.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { printableLines } from "./text/printable.ts";

/** Runs one command. Results go to standard output, everything else to standard error. */
export async function runCli(argv: readonly string[], io: Io): Promise<ExitCode> {
  const [name, ...rest] = argv;
  if (name === undefined) {
    io.stderr(overview());
    return 2;
  }
  if (name === "--help" || name === "-h" || name === "help") {
    io.stdout(overview());
    return 0;
  }
  if (name === "--version" || name === "-V") {
    const { version } = await import("../compose.ts");
    io.stdout(lines(version));
    return 0;
  }
  const entry = COMMANDS.find((command) => command.name === name);
  if (entry === undefined) {
    io.stderr(lines(`rollguard: there is no command "${name}"; see rollguard --help`));
    return 2;
  }
  return await run(entry, rest, io);
}

async function run(entry: CommandEntry, argv: readonly string[], io: Io): Promise<ExitCode> {
  const command = await entry.load();
  if (argv.includes("--help") || argv.includes("-h")) {
    io.stdout(command.help);
    return 0;
  }
  try {
    return await command.run(argv, io);
  } catch (error) {
    if (error instanceof UsageError || isParseArgsError(error)) {
      io.stderr(told(entry, (error as Error).message) + lines(`see rollguard ${entry.name} --help`));
      return 2;
    }
    io.stderr(told(entry, explain(error)));
    return 1;
  }
}

/** A message may repeat what others wrote: it must not command the terminal. */
function told({ name }: CommandEntry, message: string): string {
  return lines(...printableLines(`rollguard ${name}: ${message}`));
}

/** A failure that we know says all by itself; one that we do not know is ours, and its stack helps to mend it. */
function explain(error: unknown): string {
  if (error instanceof StartError && error.problems.length > 1)
    return [`${error.problems.length} problems:`, ...error.problems].join("\n");
  if (error instanceof RollguardError || error instanceof Failure || error instanceof StartError)
    return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function isParseArgsError(error: unknown): boolean {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === "string" && code.startsWith("ERR_PARSE_ARGS");
}

function overview(): string {
  const width = Math.max(...COMMANDS.map(({ name }) => name.length));
  return lines(
    "Rollguard turns firing Prometheus alerts into rollbacks of feature flags.",
    "",
    "usage: rollguard <command> [options]",
    "",
    ...COMMANDS.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    "",
    "  rollguard <command> --help   tells its options",
    "  rollguard --version",
    "",
    "exit codes: 0 done, 1 failed or problems found, 2 called wrongly",
  );
}
