import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { writeFileAtomically } from "../adapters/files/written-files.ts";
import type { RenderedFile } from "../adapters/report/rendered.ts";
import { Failure } from "./io.ts";

/** Whether `--out` means one: it is there, or its name says so. */
export function isDirectory(path: string): boolean {
  if (/[/\\]$/.test(path)) return true;
  try {
    return statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  } catch {
    // Whoever writes there is told why it cannot be.
    return false;
  }
}

/**
 * Writes files into a directory, which is made when it is missing: all of them, or none where one is there already.
 * @returns the paths of those that are no pictures
 * @throws Failure
 */
export function deliverFiles(
  directory: string,
  files: readonly RenderedFile[],
  overwrite: boolean,
): string[] {
  const paths = files.map(({ name, text }) => ({ path: join(directory, name), text }));
  const there = overwrite ? undefined : paths.find(({ path }) => existsSync(path));
  if (there !== undefined)
    throw new Failure(`${there.path} exists already: name another directory, or say --force`);
  for (const { path, text } of paths) {
    try {
      writeFileAtomically(path, text);
    } catch (error) {
      throw new Failure(`${path} cannot be written: ${(error as Error).message}`);
    }
  }
  return paths.map(({ path }) => path).filter((path) => !path.endsWith(".svg"));
}
