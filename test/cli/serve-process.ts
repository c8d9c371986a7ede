import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { answering, type RunningProcess, startProcess } from "../support/process.ts";
import type { Place } from "./shop.ts";

export interface ServeProcess {
  readonly url: string;
  readonly port: number;
  readonly child: RunningProcess;
  /** What it wrote to standard output alone; `child.output()` has what it wrote to standard error. */
  stdout(): Promise<string>;
  signal(name: NodeJS.Signals): void;
}

const HOOK = new URL("../support/typescript-hook.mjs", import.meta.url).href;
const MAIN = fileURLToPath(new URL("../../src/main.ts", import.meta.url));

/**
 * The command line as a process of its own, with its standard output kept apart in a file.
 * @param stderr a file to write standard error to
 */
export async function startCli(
  argv: readonly string[],
  place: Place,
  stderr?: string,
): Promise<RunningProcess> {
  const ours = Object.keys(process.env).filter((name) => name.startsWith("ROLLGUARD_"));
  return await startProcess({
    name: `rollguard ${argv.join(" ")}`,
    command: "/bin/sh",
    // The shell becomes the process, so that signals reach it.
    args: [
      "-c",
      `exec "$@" >stdout ${stderr === undefined ? "" : `2>${stderr}`}`,
      "sh",
      process.execPath,
      "--import",
      HOOK,
      MAIN,
      ...argv,
    ],
    cwd: place.directory,
    env: { ...Object.fromEntries(ours.map((name) => [name, undefined])), ...place.environment },
  });
}

export const stdoutIn = (place: Place): Promise<string> => readFile(`${place.directory}/stdout`, "utf8");

/** `rollguard serve`, once it is ready. */
export async function startServe(
  place: Place,
  argv: readonly string[] = [],
  stderr?: string,
): Promise<ServeProcess> {
  const child = await startCli(["serve", ...argv], place, stderr);
  const address = place.environment.ROLLGUARD_LISTEN ?? "";
  const url = `http://${address}`;
  try {
    await answering(child, `${url}/-/ready`);
  } catch (error) {
    await child.kill();
    throw error;
  }
  return {
    url,
    port: Number(address.split(":")[1]),
    child,
    stdout: () => stdoutIn(place),
    signal: (name) => void process.kill(child.pid, name),
  };
}
