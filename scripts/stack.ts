// The stack without Docker: real servers on this machine, that read what `rollguard generate` writes.
import { parseArgs } from "node:util";
import type { EventView } from "../src/app/describe-event.ts";
import { alertmanagerCommand } from "../test/support/alertmanager-server.ts";
import {
  type GenesisStack,
  type PolicyFile,
  readGenesisPolicy,
  startGenesisStack,
} from "../test/support/genesis-stack.ts";
import { isInstalled } from "../test/support/installed.ts";
import { startFaultsServer } from "../test/support/sample-app-faults.ts";
import { Stopper } from "../test/support/stopper.ts";

const HELP = `usage: npm run stack -- [options]

Starts Redis, Prometheus, Alertmanager, Rollguard and a sample application on loopback ports, tells how to break the
application, and shows what happens. Ctrl-C stops everything and leaves nothing behind.

  --quick            alerts fire within seconds; else after the policy's own minutes
  --rollout          the new system is off at first, to be rolled out
  --store embedded   Rollguard keeps its state by itself, without Redis`;

/** What a rollback has to turn down; the policy itself begins with everything new off. */
const TRAFFIC = 60;
/** Milliseconds between two looks at the ledger. */
const LOOK_EVERY = 500;

const { values: options } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    rollout: { type: "boolean", default: false },
    store: { type: "string", default: "redis" },
    help: { type: "boolean", default: false },
  },
});

const running = new Stopper();
let stopping = false;
const stopAsked = new Promise<void>((resolve) => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      stopping = true;
      resolve();
    });
  }
});

if (options.help) console.log(HELP);
else if (options.store !== "redis" && options.store !== "embedded") {
  console.error(HELP);
  process.exitCode = 2;
} else await main(options.store);

async function main(store: "redis" | "embedded"): Promise<void> {
  const missing = missingPackages(store);
  if (missing.length > 0) {
    console.error(
      `Not installed: ${missing.join(", ")}. On Debian or Ubuntu:\n  scripts/install-test-servers`,
    );
    process.exitCode = 1;
    return;
  }
  try {
    await start(store);
    await stopAsked;
    console.log("\nStopping…");
  } catch (error) {
    // Ctrl-C reaches the servers too, and one that was still starting fails the start.
    if (!stopping) {
      console.error(error);
      process.exitCode = 1;
    }
  } finally {
    await running.stop();
  }
  if (stopping) console.log("Everything has stopped, and nothing is left behind.");
}

function missingPackages(store: "redis" | "embedded"): string[] {
  const needed = new Map([
    ["prometheus", "prometheus"],
    [alertmanagerCommand(), "prometheus-alertmanager"],
    ...(store === "redis" ? [["redis-server", "redis-server"] as const] : []),
  ]);
  return [...needed].filter(([command]) => !isInstalled(command)).map(([, name]) => name);
}

async function start(store: "redis" | "embedded"): Promise<void> {
  console.log("Starting…");
  const { application, alerts, flags } = await readGenesisPolicy();
  const turnedOn = options.rollout ? new Map() : allTurnedOn(application.trafficFlag, flags);
  const triggers = alerts.filter(({ rollback }) => rollback !== undefined).map(({ alert }) => alert);
  const stack = await running.start(
    startGenesisStack({
      store,
      turnedOn,
      quick: options.quick ? triggers : [],
      onMessage: (title, text) => tell(`Slack would show: ${title} ${text.replaceAll(/\s*\n\s*/g, " · ")}`),
    }),
  );
  const faults = await running.start(startFaultsServer(stack.app));
  console.log(guide(stack, faults.url));
  follow(stack, application.name);
}

function allTurnedOn(trafficFlag: string, flags: PolicyFile["flags"]): Map<string, number> {
  const turnedOn = new Map([[trafficFlag, TRAFFIC]]);
  for (const [key, { phase = 0 }] of Object.entries(flags)) if (phase >= 5) turnedOn.set(key, 100);
  return turnedOn;
}

function guide(
  { app, rollguard, prometheus, alertmanager, directory }: GenesisStack,
  faults: string,
): string {
  const wait = options.quick ? "Within seconds" : "A minute or two later";
  return `
  Rollguard         ${rollguard.url}
  Prometheus        ${prometheus.url}
  Alertmanager      ${alertmanager.url}
  Sample app        ${app.url}/metrics
  Generated files   ${directory}

${options.rollout ? rolloutGuide(rollguard.url) : `The new system serves ${TRAFFIC} % of the users, and Phases 5 and 6 are on. Break it:`}

  curl -X POST ${faults} -d '{"errors": 5}'         # percent of its requests
  curl -X POST ${faults} -d '{"tests": 90}'         # percent of its tests that pass
  curl -X POST ${faults} -d '{"latency": 700}'      # milliseconds
  curl -X POST ${faults} -d '{"healthChecks": 5}'   # failed in a row
  curl -X POST ${faults} -d '{"down": 1}'
  curl -X DELETE ${faults}                          # healthy again

${wait} it is rolled back; see it here, or with

  ROLLGUARD_URL=${rollguard.url} node dist/main.js status

Ctrl-C stops everything.
`;
}

function rolloutGuide(url: string): string {
  return `The new system is off. Roll it out, and watch it:

  export ROLLGUARD_URL=${url}
  node dist/main.js preflight
  node dist/main.js deploy --steps 0,10,50,100 --wait 20
  node dist/main.js status --watch

Break it on the way:`;
}

/** Tells each event of the ledger as it comes. */
function follow({ rollguard }: GenesisStack, application: string): void {
  let told = 0;
  let looking = false;
  const timer = setInterval(async () => {
    if (looking) return;
    looking = true;
    const events = await rollguard.events(application).catch(() => []);
    for (const event of events.slice(told)) tell(describe(event));
    told = Math.max(told, events.length);
    looking = false;
  }, LOOK_EVERY);
  running.add(async () => clearInterval(timer));
}

function describe({ alert, reason, tier, traffic, flags, detail }: EventView): string {
  const change = traffic === null ? "" : `, traffic ${traffic.before} % → ${traffic.after} %`;
  const changed = flags.length === 0 ? "" : `, ${flags.length} flags changed`;
  const why = detail === null ? "" : `: ${detail}`;
  return `Rollguard: ${reason}${alert === null ? "" : ` ${alert.name}`}${tier === null ? "" : ` (${tier})`}${change}${changed}${why}`;
}

function tell(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)}  ${text}`);
}
