import { type ExitCode, type Io, lines } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run-cli.ts";

export interface Ran {
  readonly code: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
  /** All of it, as somebody at a terminal would note it down: standard error behind `! `. */
  readonly transcript: string;
}

export interface RunOptions
  extends Partial<
    Pick<Io, "environment" | "onHangup" | "terminal" | "ask" | "user" | "clock" | "readerGone">
  > {
  /** Ends `serve` and whatever else runs on; without, it is asked to stop as soon as it runs. */
  readonly untilStopped?: () => Promise<string>;
  /** Told of everything that is written to standard output, as it is written. */
  readonly onStdout?: (text: string) => void;
  readonly onStderr?: (text: string) => void;
}

/** Runs a command of the command line in this process. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const { onStdout, onStderr, ...io } = options;
  const noted: string[] = [];
  let stdout = "";
  let stderr = "";
  const code = await runCli(argv, {
    environment: {},
    untilStopped: async () => "SIGTERM",
    onHangup: () => undefined,
    ...io,
    stdout: (text) => {
      stdout += text;
      noted.push(text);
      onStdout?.(text);
    },
    stderr: (text) => {
      stderr += text;
      noted.push(text.replaceAll(/^(?=.)/gm, "! "));
      onStderr?.(text);
    },
  });
  const transcript = lines(`$ ${["rollguard", ...argv].join(" ")}`) + noted.join("") + lines(`(${code})`);
  return { code, stdout, stderr, transcript };
}
