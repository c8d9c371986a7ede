import { readFile, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import {
  answering,
  freePort,
  type RunningProcess,
  saying,
  startProcess,
  temporaryDirectory,
} from "../test/support/process.ts";
import type { Stopper } from "../test/support/stopper.ts";

/** A server under measurement, in a process of its own. */
export interface Contender {
  readonly name: string;
  readonly url: string;
  readonly pid: number;
  readonly rollguard: boolean;
  /** The end of what it wrote, for failures. */
  report(): Promise<string>;
}

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Starts one of `servers/`, loaded the way in which this process was. */
export async function startPlain(
  running: Stopper,
  { name, file, env = {} }: { name: string; file: string; env?: Record<string, string> },
): Promise<Contender> {
  const port = await freePort();
  const path = fileURLToPath(new URL(`./servers/${file}`, import.meta.url));
  const child = await startProcess({
    name,
    command: process.execPath,
    args: [...process.execArgv, path],
    cwd: ROOT,
    env: { ...env, PORT: String(port) },
  });
  running.add(child.stop);
  await saying(child, /listening/);
  return contender(name, port, child, false, async () => child.report());
}

/** The policy that the checkout ships, without its storm breaker and its hold-down: each round is another rollback. */
async function policyIn(directory: string, checkout: string): Promise<string> {
  const path = join(directory, "genesis.yaml");
  const text = await readFile(join(checkout, "rules/genesis.yaml"), "utf8");
  await writeFile(
    path,
    text
      .replace("stormBreaker: { rollbacks: 3, within: 1h }", "stormBreaker: { rollbacks: 50, within: 1s }")
      .replace("holdDown: 5m", "holdDown: 0s"),
  );
  return path;
}

export interface RollguardOptions {
  readonly name: string;
  /** A checkout that has been built. */
  readonly checkout?: string;
  /** Without: the embedded store. */
  readonly redisUrl?: string;
  /** Where a CPU profile goes when it stops. */
  readonly profile?: string | undefined;
}

/** Starts Rollguard as its users do, with its log in a file. */
export async function startRollguard(running: Stopper, options: RollguardOptions): Promise<Contender> {
  const { name, checkout = ROOT, redisUrl, profile } = options;
  const directory = await temporaryDirectory("bench");
  running.add(directory.remove);
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const log = join(directory.path, "rollguard.log");
  const profiling = profile === undefined ? [] : ["--cpu-prof", `--cpu-prof-dir=${resolve(profile)}`];
  const child = await startProcess({
    name,
    command: "/bin/sh",
    args: [
      "-c",
      'exec "$@" 2>> "$0"',
      log,
      process.execPath,
      ...profiling,
      join(resolve(checkout), "dist/main.js"),
      "serve",
    ],
    cwd: directory.path,
    env: {
      ...withoutOurs(),
      ROLLGUARD_LISTEN: `127.0.0.1:${port}`,
      ROLLGUARD_POLICY: await policyIn(directory.path, checkout),
      ROLLGUARD_DATA: join(directory.path, "data"),
      ROLLGUARD_REDIS_URL: redisUrl,
    },
  });
  running.add(child.stop);
  const report = async (): Promise<string> => child.report() + (await readFile(log, "utf8")).slice(-4_000);
  try {
    await answering(child, `${url}/-/ready`);
  } catch (error) {
    throw new Error(await report(), { cause: error });
  }
  return contender(name, port, child, true, report);
}

function contender(
  name: string,
  port: number,
  { pid }: RunningProcess,
  rollguard: boolean,
  report: () => Promise<string>,
): Contender {
  return { name, url: `http://127.0.0.1:${port}`, pid, rollguard, report };
}

/** Settings of whoever runs the benchmark must not reach the servers. */
function withoutOurs(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) =>
    /^(ROLLGUARD_|LOG_LEVEL$|NODE_OPTIONS$)/.test(name),
  );
  return Object.fromEntries(names.map((name) => [name, undefined]));
}
