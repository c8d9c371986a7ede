import { readFile } from "node:fs/promises";

export interface Memory {
  /** MB of RAM that the process occupies. */
  readonly resident: number;
  /** The part of it that the kernel can drop, being a copy of files: programs, and LMDB's data. */
  readonly files: number;
}

/** @returns null where there is no /proc: outside Linux */
export async function memoryOf(pid: number): Promise<Memory | null> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => null);
  if (status === null) return null;
  const megabytes = (field: string): number =>
    (Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)?.[1] ?? Number.NaN) * 1_024) / 1e6;
  return { resident: megabytes("VmRSS"), files: megabytes("RssFile") };
}

/** The kernel counts CPU time in hundredths of a second, whatever its own clock does. */
const TICKS_PER_SECOND = 100;

/** @returns milliseconds of CPU that the process has used, in all its threads; null outside Linux */
export async function cpuTimeOf(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => null);
  if (stat === null) return null;
  // The second field is the command in brackets, which may contain anything; utime and stime are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS_PER_SECOND;
}
