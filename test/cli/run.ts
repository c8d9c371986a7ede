import { type ExitCode, type Io, lines } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run-cli.ts";

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** All of it, as somebody at a terminal would note it down: standard error behind `! `. */
  readonly transcript: string;
}

export interface RunOptions {
  readonly environment?: Io["environment"];
  /** Ends `serve`; without, it is asked to stop as soon as it runs. */
  readonly untilStopped?: () => Promise<string>;
  readonly onHangup?: Io["onHangup"];
}

/** Runs a command of the command line in this process. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { environment = {}, untilStopped = async () => "SIGTERM", onHangup = () => undefined } = options;
  const noted: string[] = [];
  let stdout = "";
  let stderr = "";
  const code = await runCli(argv, {
    stdout: (text) => {
      stdout += text;
      noted.push(text);
    },
    stderr: (text) => {
      stderr += text;
      noted.push(text.replaceAll(/^(?=.)/gm, "! "));
    },
    environment,
    untilStopped,
    onHangup,
  });
  const transcript = lines(`$ ${["rollguard", ...argv].join(" ")}`) + noted.join("") + lines(`(${code})`);
  return { code, stdout, stderr, transcript };
}
