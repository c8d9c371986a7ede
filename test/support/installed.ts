import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { parseVersion } from "../../src/domain/generate/versions.ts";
import { startProcess } from "./process.ts";

/** Whether a command is in the PATH. */
export function isInstalled(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((directory) => existsSync(join(directory, command)));
}

/**
 * Asks one of Prometheus' family for its version: `2.42.0+ds`.
 * @throws Error when it tells none
 */
export async function installedVersion(command: string): Promise<string> {
  const child = await startProcess({ name: command, command, args: ["--version"] });
  await child.ended;
  const version = /version (\S+)/.exec(child.output())?.[1];
  if (version === undefined || parseVersion(version) === undefined) {
    throw new Error(`${command} --version tells no version\n${child.report()}`);
  }
  return version;
}
