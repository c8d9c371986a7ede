import { execFile } from "node:child_process";

/** How a tool ended. */
export interface ToolRun {
  readonly succeeded: boolean;
  /** What it wrote to both streams. */
  readonly output: string;
}

/** Far longer than promtool needs for the tests of many applications. */
const TIMEOUT = 300_000;

const MAX_OUTPUT = 64 * 1024 * 1024;

/** Where `PATH` says in which directories tools are. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Runs promtool or amtool.
 * @returns undefined when it is not installed
 */
export function runTool(
  command: string,
  args: readonly string[],
  env: Environment,
): Promise<ToolRun | undefined> {
  return new Promise((resolve) => {
    execFile(
      command,
      [...args],
      { env, timeout: TIMEOUT, maxBuffer: MAX_OUTPUT },
      (error, stdout, stderr) => {
        if (error !== null && error.code === "ENOENT") resolve(undefined);
        else resolve({ succeeded: error === null, output: `${stdout}${stderr}` });
      },
    );
  });
}

/** The version that a tool is of, as `--version` tells it; undefined when it is not installed. */
export async function toolVersion(command: string, env: Environment): Promise<string | undefined> {
  const run = await runTool(command, ["--version"], env);
  return run === undefined ? undefined : /version (\S+)/.exec(run.output)?.[1]?.replace(/,$/, "");
}
