import { existsSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes: more than LMDB wants for as many readers as it allows. */
const LOCK_SIZE = 16_384;

/** Is there while the files are made. What a start that was killed meanwhile has left is no data that is lost. */
const BEGINNING = "beginning";

/** Clears away what such a start has left. What has something in it stays, whatever it is. */
export function clearBeginning(directory: string): void {
  const [beginning, data, lock] = pathsIn(directory);
  if (!existsSync(beginning)) return;
  const size = statSync(data, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0) for (const path of [data, lock]) rmSync(path, { force: true });
}

/** To be called when there is data, and before anything of it is promised. */
export function endBeginning(directory: string): void {
  rmSync(join(directory, BEGINNING), { force: true });
}

function pathsIn(directory: string): [beginning: string, data: string, lock: string] {
  return [join(directory, BEGINNING), join(directory, "data.mdb"), join(directory, "lock.mdb")];
}

/**
 * Makes the lock file with all its bytes. LMDB would make one of holes, and fill them in memory: on a full disk that ends the
 * whole process with SIGBUS (seen with LMDB 3.5.6 for Node on tmpfs).
 * @returns takes back what was new here, so that a start that failed leaves nothing that looks like lost data
 * @throws Error when there is no room for it
 */
export function makeLockFile(directory: string): () => void {
  const [beginning, data, lock] = pathsIn(directory);
  const made = [lock, data].filter((path) => !existsSync(path));
  const takeBack = (): void => {
    for (const path of [...made, beginning]) rmSync(path, { force: true });
  };
  try {
    if (made.includes(data)) writeFileSync(beginning, "");
    if (made.includes(lock)) writeFileSync(lock, Buffer.alloc(LOCK_SIZE));
  } catch (error) {
    takeBack();
    throw error;
  }
  return takeBack;
}
