import { randomUUID } from "node:crypto";

/** All stores of one process are one holder. A process that is started anew may have the number of the one before it. */
const OURSELVES = randomUUID();

/** A claim's token that tells who holds it: `<process>/<holder>/<claim>`. */
export function newToken(): string {
  return `${process.pid}/${OURSELVES}/${randomUUID()}`;
}

/** Whether its holder has died: what it held need not wait until its lease has run out. All holders are on this machine. */
export function isHolderGone(token: string): boolean {
  const [, pid, holder] = /^(\d+)\/([^/]+)\//.exec(token) ?? [];
  if (pid === undefined || holder === OURSELVES) return false;
  return Number(pid) === process.pid || !isAlive(Number(pid));
}

function isAlive(pid: number): boolean {
  try {
    // Signal 0 is none: it only asks.
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // Somebody else's.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
