import { open } from "node:fs/promises";
import { join } from "node:path";
import { temporaryDirectory } from "../test/support/process.ts";
import { median } from "./statistics.ts";

const FLUSHES = 30;
/** Bytes: two of LMDB's pages. */
const SIZE = 8_192;

/**
 * How long the disk under the temporary directories takes until something is really on it. The embedded store waits
 * for that at each commit, and it may differ twentyfold from one minute to the next.
 * @returns milliseconds, the median
 */
export async function flushTime(): Promise<number> {
  const directory = await temporaryDirectory("bench-disk");
  try {
    const file = await open(join(directory.path, "flushed"), "w");
    try {
      const times: number[] = [];
      for (let index = 0; index < FLUSHES; index++) {
        await file.write(Buffer.alloc(SIZE, index), 0, SIZE, index * SIZE);
        const start = performance.now();
        await file.datasync();
        times.push(performance.now() - start);
      }
      return median(times);
    } finally {
      await file.close();
    }
  } finally {
    await directory.remove();
  }
}
