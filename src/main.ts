#!/usr/bin/env node
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
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") return;
  lost = true;
  process.stderr.write(`rollguard: standard output: ${error.message}\n`);
  process.exitCode = 1;
});

/** What cannot be told on standard error cannot be told at all; the work goes on. */
process.stderr.on("error", () => undefined);

const code = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  environment: process.env,
  isTty: process.stderr.isTTY === true,
  untilStopped,
  onHangup: (callback) => process.on("SIGHUP", callback),
});
process.exitCode = lost && code === 0 ? 1 : code;
