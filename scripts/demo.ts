// The closed loop for newcomers: a fault, an alert, a rollback, an application that recovers, and the proof.
import { parseArgs } from "node:util";
import { FAULTS, isFaultName } from "../examples/genesis/faults.ts";
import { alertmanagerCommand } from "../test/support/alertmanager-server.ts";
import { installedVersion, isInstalled } from "../test/support/installed.ts";
import { type Narrator, narrator } from "./demo/narrator.ts";
import { Story } from "./demo/story.ts";
import { startWorld, type World } from "./demo/world.ts";

const HELP = `usage: npm run demo [-- --fault ${Object.keys(FAULTS).join("|")}]

Shows in about a minute how Rollguard takes back what harms users: on real servers, on loopback ports of their own.
With prometheus and alertmanager in the PATH they judge the application; without, something built in sends the same
webhooks, and then nobody can verify the rollback but you. Ctrl-C stops everything, and nothing is left behind.

  --fault NAME   what goes wrong (errors)
${Object.entries(FAULTS)
  .map(([name, { description }]) => `                 ${name}: ${description}`)
  .join("\n")}`;

/** Exit code of a program that was interrupted. */
const INTERRUPTED = 130;

const { values: options } = parseArgs({
  options: { fault: { type: "string", default: "errors" }, help: { type: "boolean", default: false } },
});

if (options.help) console.log(HELP);
else if (isFaultName(options.fault)) await main(options.fault);
else {
  console.error(HELP);
  process.exitCode = 2;
}

async function main(fault: keyof typeof FAULTS): Promise<void> {
  const interrupted = new Promise<"interrupted">((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => resolve("interrupted"));
  });
  const tellTale = narrator(process.stdout);
  const real = isInstalled("prometheus") && isInstalled(alertmanagerCommand());
  let stopping = false;
  void interrupted.then(() => {
    stopping = true;
    tellTale.note("", "Stopping…");
  });
  let world: World | undefined;
  try {
    await introduce(tellTale, real);
    world = await startWorld(real);
    const told = new Story({ world, narrator: tellTale, fault, real }).run();
    const end = await Promise.race([told, interrupted]);
    process.exitCode = end === "interrupted" ? INTERRUPTED : 0;
    told.catch(() => undefined);
  } catch (error) {
    // Ctrl-C reaches the servers too, and one that was still starting fails the start.
    process.exitCode = stopping ? INTERRUPTED : 1;
    if (!stopping)
      console.error(`\nThe loop did not close.\n${error instanceof Error ? error.message : error}`);
  } finally {
    await world?.stop();
  }
  if (stopping) tellTale.note("Everything has stopped, and nothing is left behind.");
  // What is left of the story still waits for servers that are gone.
  process.exit();
}

async function introduce({ note }: Narrator, real: boolean): Promise<void> {
  if (real) {
    const prometheus = await installedVersion("prometheus");
    const alertmanager = await installedVersion(alertmanagerCommand());
    note(
      `Prometheus ${prometheus} judges the application, and Alertmanager ${alertmanager} tells Rollguard: both are`,
      "configured by rollguard generate, from rules/genesis.yaml with seconds instead of minutes.",
    );
  } else {
    note(
      "Prometheus and Alertmanager are not both installed (scripts/install-test-servers does it, on Debian). Something",
      "built in compares the application's metrics with the limits of rules/genesis.yaml, and sends what Alertmanager",
      "would send. Whether a rollback has helped nobody can verify without Prometheus.",
    );
  }
  note("All of it runs on free ports of this machine, for about a minute. Ctrl-C stops it.", "", "Starting…");
}
