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

process.exitCode = await runCli(process.argv.slice(2), {
  stdout: (text) => process.stdout.write(text),
  stderr: (text) => process.stderr.write(text),
  environment: process.env,
  untilStopped,
  onHangup: (callback) => process.on("SIGHUP", callback),
});
