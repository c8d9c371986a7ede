import { mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Makes the directories above it too. Whoever reads the file sees the old text or the new one, never a part. */
export function writeFileAtomically(path: string, text: string): void {
  makeDirectory(dirname(path));
  const unfinished = join(dirname(path), `.${process.pid}.unfinished`);
  try {
    writeFileSync(unfinished, text);
    renameSync(unfinished, path);
  } catch (error) {
    rmSync(unfinished, { force: true });
    throw error;
  }
}

/**
 * Step by step: Node's own recursive way never ends where a directory can neither be made nor be seen, as below `/proc`.
 * @throws Error that names the part of the path that is no directory
 */
function makeDirectory(path: string): void {
  const there = statSync(path, { throwIfNoEntry: false });
  if (there?.isDirectory()) return;
  if (there !== undefined) throw new Error(`${path} is a file, not a directory`);
  if (dirname(path) !== path) makeDirectory(dirname(path));
  try {
    mkdirSync(path);
  } catch (error) {
    // Somebody else has made it meanwhile.
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
}

export function removeFile(path: string): void {
  rmSync(path, { force: true });
}

/** The names of the files directly in a directory, sorted; none when there is no such directory. */
export function fileNamesIn(directory: string): string[] {
  try {
    return readdirSync(directory, { withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .sort();
  } catch {
    return [];
  }
}
