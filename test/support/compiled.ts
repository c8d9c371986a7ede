import { fileURLToPath } from "node:url";
import { type ProcessOptions, type RunningProcess, startProcess } from "./process.ts";

export interface TypeScriptOptions extends Pick<ProcessOptions, "name" | "env" | "cwd"> {
  /** The file to run: `new URL("./child.ts", import.meta.url)`. */
  readonly file: URL;
  readonly args?: readonly string[];
}

/**
 * Starts a process of its own that runs a TypeScript file and all that it imports, compiled as it is loaded:
 * Node 20 cannot do that alone. Its sources are those in the working tree, so nothing needs to be built before.
 */
export function startTypeScript({ file, args = [], ...options }: TypeScriptOptions): Promise<RunningProcess> {
  const hook = new URL("./typescript-hook.mjs", import.meta.url);
  return startProcess({
    ...options,
    command: process.execPath,
    args: ["--import", hook.href, fileURLToPath(file), ...args],
  });
}
