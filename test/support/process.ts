import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { until } from "./until.ts";

export interface ProcessOptions {
  /** What failures call it. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Added to this process' own environment; `undefined` takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

export interface RunningProcess {
  readonly pid: number;
  /** What it has written to stdout and stderr so far, the end of it when it was much. */
  output(): string;
  /** The same under the child's name, for failures. */
  report(): string;
  /** Resolves when it has ended, whatever the reason. */
  readonly ended: Promise<Ended>;
  /**
   * SIGTERM, and SIGKILL when that did not help for `grace` milliseconds. Resolves when it has ended.
   * To stop twice is fine.
   */
  stop(grace?: number): Promise<Ended>;
  /** SIGKILL: the crash that nothing can prepare for. */
  kill(): Promise<Ended>;
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

const KEPT_OUTPUT = 64 * 1024;
const SETPRIV = "/usr/bin/setpriv";

/**
 * Starts a child that dies with this process, even when this process is killed.
 * @throws Error when the command cannot be started
 */
export async function startProcess(options: ProcessOptions): Promise<RunningProcess> {
  const [command, args] = dyingWithUs(options);
  const env = { ...process.env, ...options.env };
  const child = spawn(command, args, { cwd: options.cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const keep = (chunk: Buffer): void => {
    output = (output + chunk.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout.on("data", keep);
  child.stderr.on("data", keep);
  const ended = new Promise<Ended>((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once("spawn", resolve);
    child.once("error", (cause) => {
      reject(new Error(`${options.name}: ${options.command} could not be started`, { cause }));
    });
  });
  return {
    pid: child.pid ?? 0,
    output: () => output,
    report: () => `--- ${options.name} ---\n${output}`,
    ended,
    stop: (grace = 5_000) => stop(child, ended, grace),
    kill: () => stop(child, ended, 0),
  };
}

/** Linux can tie a child's life to its parent's without changing its pid. Elsewhere only `stop` ends it. */
function dyingWithUs({ command, args }: ProcessOptions): [string, string[]] {
  if (!existsSync(SETPRIV)) return [command, [...args]];
  return [SETPRIV, ["--pdeathsig", "KILL", "--", command, ...args]];
}

async function stop(child: ChildProcess, ended: Promise<Ended>, grace: number): Promise<Ended> {
  if (grace > 0) {
    child.kill("SIGTERM");
    const timer = new AbortController();
    const late = delay(grace, undefined, { signal: timer.signal }).catch(() => undefined);
    await Promise.race([ended, late]);
    timer.abort();
  }
  child.kill("SIGKILL");
  return ended;
}

/**
 * Waits for an HTTP 2xx from a server that is starting. A child that ends meanwhile fails the wait at once.
 * @throws Error with the child's output
 */
export async function answering(child: RunningProcess, url: string, within = 60_000): Promise<void> {
  await ready(child, `an answer from ${url}`, within, async () => (await fetch(url)).ok);
}

/**
 * Waits for a pattern in what a child writes.
 * @throws Error with the child's output
 */
export async function saying(child: RunningProcess, pattern: RegExp, within = 60_000): Promise<void> {
  await ready(child, `output that matches ${pattern}`, within, () => pattern.test(child.output()));
}

async function ready(
  child: RunningProcess,
  what: string,
  within: number,
  probe: () => Promise<boolean> | boolean,
): Promise<void> {
  const gone = child.ended.then(({ code, signal }) => {
    throw new Error(`ended with ${signal ?? code} before there was ${what}\n${child.report()}`);
  });
  let over = false;
  const looked = until(
    what,
    async () => over || (await probe()),
    (yes) => yes,
    {
      within,
      every: 20,
      onFailure: child.report,
    },
  );
  try {
    await Promise.race([gone, looked]);
  } finally {
    // Neither the loser's polling nor its failure outlives the race.
    over = true;
    gone.catch(() => undefined);
    looked.catch(() => undefined);
  }
}

/**
 * A loopback port that was free a moment ago. It lies below the range from which the kernel serves outgoing
 * connections and `listen(0)`, so nothing but another call of this takes it before the server does.
 */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(15_000, 32_000);
    if (await isFree(port)) return port;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", () => resolve(false));
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)));
  });
}

export interface TemporaryDirectory {
  readonly path: string;
  remove(): Promise<void>;
}

export async function temporaryDirectory(name: string): Promise<TemporaryDirectory> {
  const path = await mkdtemp(join(tmpdir(), `rollguard-${name}-`));
  return { path, remove: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
