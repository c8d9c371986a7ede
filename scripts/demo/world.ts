import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { type Load, startLoad } from "../../examples/genesis/load.ts";
import type { PolicyFile } from "../../test/support/genesis-stack.ts";
import { freePort, startProcess, temporaryDirectory } from "../../test/support/process.ts";
import {
  buildRollguard,
  ROLLGUARD,
  type RollguardServer,
  startRollguard,
  withoutOurs,
} from "../../test/support/rollguard-server.ts";
import { Stopper } from "../../test/support/stopper.ts";
import { startBuiltInMonitoring } from "./built-in-monitoring.ts";
import { demoPolicy } from "./demo-policy.ts";
import { type GenesisProcess, startGenesis } from "./genesis-process.ts";
import type { Monitoring, PolicyAlert } from "./monitoring.ts";
import { startRealMonitoring } from "./real-monitoring.ts";

/** Everything of the demo that runs. */
export interface World {
  readonly rollguard: RollguardServer;
  readonly genesis: GenesisProcess;
  readonly load: Load;
  readonly monitoring: Monitoring;
  readonly alerts: readonly PolicyAlert[];
  /** Runs a command as people do. Its output, without colours. @throws Error when its exit code is not 0 */
  rollguardCommand(...args: string[]): Promise<string>;
  /** Writes a file that is gone after the demo, and returns its path. */
  writeTemporary(name: string, text: string): Promise<string>;
  /** What every server logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

const POLICY = new URL("../../rules/genesis.yaml", import.meta.url);
const TOKEN = "a-token-that-only-this-demo-knows";
export const APPLICATION = "genesis";
const REQUESTS_PER_SECOND = 30;

/** Starts everything on loopback ports that were free, with its data in temporary directories. */
export async function startWorld(real: boolean): Promise<World> {
  const running = new Stopper();
  try {
    await buildRollguard();
    const directory = await temporaryDirectory("demo");
    running.add(directory.remove);
    const addresses = new Map<string, string>();
    for (const job of ["genesis", "rollguard", "prometheus", "alertmanager"])
      addresses.set(job, `127.0.0.1:${await freePort()}`);
    const addressOf = (job: string): string => String(addresses.get(job));
    const policy = demoPolicy(await readFile(POLICY, "utf8"), { addresses, verified: real });
    const { alerts } = parse(policy) as PolicyFile & { alerts: PolicyAlert[] };

    const sources = {
      ROLLGUARD_PROMETHEUS_URL: `http://${addressOf("prometheus")}`,
      ROLLGUARD_ALERTMANAGER_URL: `http://${addressOf("alertmanager")}`,
    };
    const rollguard = await running.start(
      startRollguard({
        policy,
        webhookToken: TOKEN,
        address: addressOf("rollguard"),
        env: real ? sources : {},
      }),
    );
    const flags = `${rollguard.url}/applications/${APPLICATION}`;
    const genesis = await running.start(startGenesis({ address: addressOf("genesis"), flags }));
    const load = startLoad({ url: genesis.url, requestsPerSecond: REQUESTS_PER_SECOND });
    running.add(async () => load.stop());
    const monitoring = await running.start(
      real
        ? startRealMonitoring({ policy, addresses, webhookToken: TOKEN, directory: directory.path })
        : Promise.resolve(
            startBuiltInMonitoring({
              target: genesis.url,
              webhook: rollguard.webhook,
              webhookToken: TOKEN,
              application: APPLICATION,
              alerts,
            }),
          ),
    );
    return {
      rollguard,
      genesis,
      load,
      monitoring,
      alerts,
      rollguardCommand: (...args) => runRollguard(rollguard.url, args),
      writeTemporary: async (name, text) => {
        const path = join(directory.path, name);
        await writeFile(path, text);
        return path;
      },
      report: () => [rollguard, genesis, monitoring].map((part) => part.report()).join("\n"),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function runRollguard(url: string, args: readonly string[]): Promise<string> {
  const child = await startProcess({
    name: `rollguard ${args.join(" ")}`,
    command: process.execPath,
    args: [ROLLGUARD, ...args],
    env: { ...withoutOurs(), ROLLGUARD_URL: url, NO_COLOR: "1", FORCE_COLOR: undefined },
  });
  const { code } = await child.ended;
  if (code !== 0) throw new Error(child.report());
  return child.output().trimEnd();
}
