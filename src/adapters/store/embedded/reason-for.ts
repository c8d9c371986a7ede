import { statfsSync } from "node:fs";

/** As systems and LMDB call it when there is no room: of the disk, of a quota, of what a process may write, of the map. */
const FULL = /no space left on device|disk quota exceeded|file too large|ENOSPC|EDQUOT|EFBIG|MDB_MAP_FULL/i;
/** LMDB's word for a write that was cut short, as the last one on a disk is that fills up. */
const CUT_SHORT = /input\/output error|EIO/i;
/** Bytes. With less, a commit may not have found the room that it wanted. */
const LITTLE = 2 ** 20;

/** What went wrong, in words; that a disk is full, or that a value is none, is said as such. */
export function reasonFor(error: unknown, directory: string): string {
  const message = messageOf(error);
  if (error instanceof SyntaxError) return `data.mdb is damaged: ${message}`;
  if (!isFull(error, directory)) return message;
  return `the disk with ${directory} is full (${message}): nothing is half written, and it goes on when there is room`;
}

export function isFull(error: unknown, directory: string): boolean {
  const message = messageOf(error);
  return FULL.test(message) || (CUT_SHORT.test(message) && hasLittle(directory));
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function hasLittle(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < LITTLE;
  } catch {
    return false;
  }
}
