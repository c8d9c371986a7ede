import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import type { FaultName } from "../../examples/genesis/faults.ts";
import { answering, type RunningProcess, startProcess } from "../../test/support/process.ts";

export interface GenesisOptions {
  readonly address: string;
  /** Where its flags come from. */
  readonly flags: string;
}

export interface GenesisProcess {
  readonly url: string;
  /** Breaks it, also over restarts. */
  injectFault(fault: FaultName): Promise<void>;
  report(): string;
  stop(): Promise<void>;
}

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** Milliseconds until what has crashed is started again, as systemd or Kubernetes would. */
const RESTART_AFTER = 500;

/** Runs the sample application as a process of its own, and starts it again when it ends by itself. */
export async function startGenesis({ address, flags }: GenesisOptions): Promise<GenesisProcess> {
  const url = `http://${address}`;
  const port = String(new URL(url).port);
  let fault: FaultName | undefined;
  let crashes = 0;
  let stopping = false;
  const start = async (): Promise<RunningProcess> => {
    const args = ["--import", "./test/support/typescript-hook.mjs", "examples/genesis/main.ts"];
    args.push("--port", port, "--flags", flags, "--tests-every", "1000");
    if (fault !== undefined) args.push("--fault", fault);
    const started = await startProcess({ name: "genesis", command: process.execPath, args, cwd: ROOT });
    void started.ended.then(restart);
    return started;
  };
  const restart = async (): Promise<void> => {
    if (stopping) return;
    crashes++;
    await delay(RESTART_AFTER);
    if (!stopping) starting = start();
  };
  let starting = start();
  const stop = async (): Promise<void> => {
    stopping = true;
    await (await starting).stop();
  };
  try {
    await answering(await starting, `${url}/healthz`);
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    url,
    injectFault: async (name) => {
      fault = name;
      await fetch(`${url}/fault`, { method: "POST", body: JSON.stringify({ fault: name }) });
    },
    report: () => `genesis has crashed ${crashes} times`,
    stop,
  };
}
