import { readdirSync, statSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ApplicationView, FlagView } from "../../src/app/describe-application.ts";
import type { EventView } from "../../src/app/describe-event.ts";
import type { RollbackTimeline } from "../../src/app/describe-rollback.ts";
import type { RolloutView } from "../../src/app/describe-rollout.ts";
import { answering, freePort, type RunningProcess, startProcess, temporaryDirectory } from "./process.ts";
import { Stopper } from "./stopper.ts";

export interface RollguardOptions {
  /** The text of the only policy. */
  readonly policy: string;
  /** Without, it keeps its state in a temporary directory of its own. */
  readonly redisUrl?: string;
  /** What Alertmanager must bring. */
  readonly webhookToken: string;
  /** `host:port` to listen on; default: a loopback port of its own. */
  readonly address?: string;
  /** More settings. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface RollguardServer {
  readonly url: string;
  readonly webhook: string;
  application(name: string): Promise<ApplicationView>;
  /** The flags by their keys. */
  flags(name: string): Promise<Map<string, FlagView>>;
  /** One rollback with its times. */
  timeline(name: string, rollback: string): Promise<RollbackTimeline>;
  /** The ledger from its start. */
  events(name: string): Promise<EventView[]>;
  /** An operator's command; its answer, whatever the status. */
  command(name: string, verb: string, body?: object): Promise<CommandAnswer>;
  /** Edits the policy file; what is in force stays so until it is reloaded. */
  editPolicy(text: string): Promise<void>;
  /** SIGKILL, and a start on the same data, with another policy where one is given. Resolves when it is ready again. */
  crash(policy?: string): Promise<void>;
  /** The same in two steps: SIGKILL, and nobody listens. */
  kill(): Promise<void>;
  restart(): Promise<void>;
  /** What it logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

export interface CommandAnswer {
  readonly status: number;
  readonly body: {
    readonly reason?: string;
    readonly detail?: string;
    readonly rollout?: RolloutView;
    readonly [member: string]: unknown;
  };
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** What users run; built by `buildRollguard`. */
export const ROLLGUARD = join(ROOT, "dist/main.js");
let built: Promise<void> | undefined;

/** Starts Rollguard as its users do, as a process with settings in its environment, and waits until it is ready. */
export async function startRollguard(options: RollguardOptions): Promise<RollguardServer> {
  const running = new Stopper();
  try {
    await buildRollguard();
    const directory = await temporaryDirectory("rollguard");
    running.add(directory.remove);
    const policy = join(directory.path, "policy.yaml");
    const tokenFile = join(directory.path, "token");
    await writeFile(policy, options.policy);
    await writeFile(tokenFile, `${options.webhookToken}\n`);

    const address = options.address ?? `127.0.0.1:${await freePort()}`;
    const url = `http://${address}`;
    const start = async (): Promise<RunningProcess> => {
      const started = await startProcess({
        name: "rollguard",
        command: process.execPath,
        args: [ROLLGUARD, "serve"],
        cwd: directory.path,
        env: {
          ...withoutOurs(),
          ROLLGUARD_LISTEN: address,
          ROLLGUARD_POLICY: policy,
          ROLLGUARD_REDIS_URL: options.redisUrl,
          ROLLGUARD_DATA: options.redisUrl === undefined ? join(directory.path, "data") : undefined,
          ROLLGUARD_WEBHOOK_TOKEN_FILE: tokenFile,
          ...options.env,
        },
      });
      running.add(started.stop);
      await answering(started, `${url}/-/ready`);
      return started;
    };
    let child = await start();
    const kill = async (): Promise<void> => void (await child.kill());
    const restart = async (): Promise<void> => {
      child = await start();
    };
    const of = (name: string): string => `${url}/api/v1/applications/${name}`;
    return {
      url,
      webhook: `${url}/api/v1/alerts`,
      application: (name) => ask<ApplicationView>(of(name)),
      flags: async (name) => {
        const { flags } = await ask<{ flags: FlagView[] }>(`${of(name)}/flags`);
        return new Map(flags.map((flag) => [flag.key, flag]));
      },
      timeline: (name, rollback) => ask<RollbackTimeline>(`${of(name)}/rollbacks/${rollback}`),
      events: async (name) =>
        (await ask<{ events: EventView[] }>(`${of(name)}/events?after=0&limit=100`)).events,
      command: async (name, verb, body = {}) => {
        const answer = await fetch(`${of(name)}/${verb}`, { method: "POST", body: JSON.stringify(body) });
        return { status: answer.status, body: (await answer.json()) as CommandAnswer["body"] };
      },
      editPolicy: (text) => writeFile(policy, text),
      crash: async (edited) => {
        await kill();
        if (edited !== undefined) await writeFile(policy, edited);
        await restart();
      },
      kill,
      restart,
      report: () => child.report(),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** `npm run build`, once and when needed: what is tested is what users run, and never older than its sources. */
export function buildRollguard(): Promise<void> {
  built ??= isBuilt() ? Promise.resolve() : compile();
  return built;
}

/** A build that is not needed would swap files under a Rollguard that another test is just starting. */
function isBuilt(): boolean {
  const compiled = (file: string): number => {
    const script = join(ROOT, "dist", file.replace(/\.ts$/, ".js"));
    return statSync(script, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  };
  return readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts"))
    .every((file) => compiled(file) > statSync(join(ROOT, "src", file)).mtimeMs);
}

async function compile(): Promise<void> {
  const tsc = await startProcess({
    name: "tsc",
    command: process.execPath,
    args: ["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"],
    cwd: ROOT,
  });
  const { code } = await tsc.ended;
  if (code !== 0) throw new Error(`Rollguard does not compile\n${tsc.report()}`);
}

/** Settings of whoever runs the tests must not reach the server under test. */
export function withoutOurs(): Record<string, undefined> {
  const names = Object.keys(process.env).filter((name) => name.startsWith("ROLLGUARD_"));
  return Object.fromEntries(names.map((name) => [name, undefined]));
}

async function ask<T>(url: string): Promise<T> {
  const answer = await fetch(url);
  if (!answer.ok) throw new Error(`GET ${url}: ${answer.status} ${await answer.text()}`);
  return (await answer.json()) as T;
}
