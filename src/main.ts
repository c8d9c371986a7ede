#!/usr/bin/env node
import { userInfo } from "node:os";
import { askOn } from "./cli/ask.ts";
import type { Io } from "./cli/io.ts";
import { runCli } from "./cli/run-cli.ts";

const STOP_SIGNALS = ["SIGTERM", "SIGINT"] as const;

/** The first signal asks to stop; a second one does not wait any more. */
function untilStopped(): Promise<string> {
  return new Promise((resolve) => {
    let asked = false;
    for (const signal of STOP_SIGNALS) {
      process.on(signal, () => {
        if (asked) process.exit(1);
        asked = true;
        resolve(signal);
      });
    }
  });
}

/** Output that cannot be written ends no server. A reader that has gone (`… | head -1`) had enough: no failure. */
let lost = false;
let stopReading: () => void = () => undefined;
const readerGone = new Promise<void>((resolve) => {
  stopReading = resolve;
});
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return stopReading();
  lost = true;
  process.stderr.write(`rollguard: standard output: ${error.message}\n`);
  process.exitCode = 1;
});

/** What cannot be told on standard error cannot be told at all; the work goes on. */
process.stderr.on("error", () => undefined);

/** Who sits there, and what their terminal is like; nothing of it where standard input or output is something else. */
function terminalOf({ stdin, stdout }: NodeJS.Process): Pick<Io, "terminal" | "ask"> {
  if (!stdout.isTTY) return {};
  // Some terminals do not know how large they are.
  const terminal = { columns: () => stdout.columns || 80, rows: () => stdout.rows || 24 };
  return stdin.isTTY ? { terminal, ask: askOn(stdin, stdout) } : { terminal };
}

/** A user without an entry in the system's list has no name. */
function userOf(): Pick<Io, "user"> {
  try {
    return { user: userInfo().username };
  } catch {
    return {};
  }
}

const code = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  environment: process.env,
  isTty: process.stderr.isTTY === true,
  ...terminalOf(process),
  ...userOf(),
  untilStopped,
  readerGone,
  onHangup: (callback) => process.on("SIGHUP", callback),
});
process.exitCode = lost && code === 0 ? 1 : code;
