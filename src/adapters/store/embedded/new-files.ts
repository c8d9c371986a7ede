import { existsSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Bytes: more than LMDB wants for as many readers as it allows. */
const LOCK_SIZE = 16_384;

/**
 * Makes the lock file with all its bytes. LMDB would make one of holes, and fill them in memory: on a full disk that ends the
 * whole process with SIGBUS (seen with LMDB 3.5.6 for Node on tmpfs).
 * @returns takes back what was new here, so that a start that failed leaves nothing that looks like lost data
 * @throws Error when there is no room for it
 */
export function makeLockFile(directory: string): () => void {
  const made = ["lock.mdb", "data.mdb"]
    .map((name) => join(directory, name))
    .filter((path) => !existsSync(path));
  const takeBack = (): void => {
    for (const path of made) rmSync(path, { force: true });
  };
  try {
    if (made[0] === join(directory, "lock.mdb")) writeFileSync(made[0], Buffer.alloc(LOCK_SIZE));
  } catch (error) {
    takeBack();
    throw error;
  }
  return takeBack;
}
