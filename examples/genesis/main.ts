// The sample application by itself; README.md beside this tells how to break it.
import { parseArgs } from "node:util";
import { FAULTS, isFaultName } from "./faults.ts";
import { connectFeatures, nothingNew } from "./features.ts";
import { startLoad } from "./load.ts";
import { type Service, startService } from "./service.ts";

const HELP = `usage: npm run example -- [options]

A small web service in the place of Genesis. It reads its flags from Rollguard through OpenFeature, and has the metrics
that rules/genesis.yaml reads.

  --flags URL         where flags come from, e.g. http://127.0.0.1:9095/applications/genesis; without, nothing new is on
  --host, --port      where it listens (127.0.0.1, 8000)
  --fault NAME        broken from the start: ${Object.keys(FAULTS).join(", ")}
  --tests-every MS    how often it runs its own tests (5000)
  --load N            sends itself N requests a second, from 1,000 users
  --show              with --load: what these users see, every five seconds`;

/** Milliseconds. */
const SHOW_EVERY = 5_000;

const { values: options } = parseArgs({
  options: {
    flags: { type: "string" },
    host: { type: "string", default: "127.0.0.1" },
    port: { type: "string", default: "8000" },
    fault: { type: "string" },
    "tests-every": { type: "string", default: "5000" },
    load: { type: "string", default: "0" },
    show: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});

if (options.help) console.log(HELP);
else await run();

async function run(): Promise<void> {
  const { flags, host, fault = null, load, show } = options;
  const [port, testsEvery, requestsPerSecond] = [options.port, options["tests-every"], load].map(Number);
  const isPort = Number.isInteger(port) && Number(port) >= 0 && Number(port) <= 65_535;
  const isRight = isPort && Number(testsEvery) > 0 && Number(requestsPerSecond) >= 0;
  if (!isRight || (fault !== null && !isFaultName(fault))) {
    console.error(HELP);
    process.exitCode = 2;
    return;
  }
  const features = flags === undefined ? nothingNew : await connectFeatures(flags);
  const service = await startService({
    features,
    host,
    port: Number(port),
    fault,
    testsEvery: Number(testsEvery),
  });
  console.log(`Genesis' stand-in listens on ${service.url}`);
  const stopLoad = sendLoad(service, Number(requestsPerSecond), show);
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      stopLoad();
      void service.stop();
    });
  }
}

function sendLoad({ url }: Service, requestsPerSecond: number, show: boolean): () => void {
  if (requestsPerSecond === 0) return () => undefined;
  const load = startLoad({ url, requestsPerSecond });
  const showing = setInterval(() => {
    if (!show) return;
    const { requests, failed, p95, onNewSystem } = load.seenSince(Date.now() - SHOW_EVERY);
    const shares = `${failed.toFixed(1)} % failed, ${onNewSystem.toFixed(0)} % on the new system`;
    console.log(`${requests} requests: ${shares}, p95 ${p95.toFixed(0)} ms`);
  }, SHOW_EVERY);
  return () => {
    clearInterval(showing);
    load.stop();
  };
}
