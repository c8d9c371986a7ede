import { closeSync, existsSync, openSync, readSync } from "node:fs";

/** Of LMDB's format, version 2, little-endian: both meta pages begin so, behind the header of a page. */
const SIGN = Buffer.from([0xde, 0xc0, 0xef, 0xbe, 2, 0, 0, 0]);
const SIGN_AT = 24;
const PAGE_SIZE_AT = 48;

/**
 * Looks at a file before LMDB opens it, because LMDB 3.5.6 for Node ends the whole process over a file of another
 * kind. A missing or empty one is fine: it will be made.
 * @throws Error when it is no LMDB file
 */
export function checkDataFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const first = read(file, 0);
    if (first.length === 0) return;
    const second = isMeta(first) ? read(file, first.readUInt32LE(PAGE_SIZE_AT)) : first;
    if (!isMeta(second)) throw new Error("data.mdb is damaged, or no LMDB file");
  } finally {
    closeSync(file);
  }
}

function read(file: number, at: number): Buffer {
  const bytes = Buffer.alloc(PAGE_SIZE_AT + 4);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at));
}

function isMeta(page: Buffer): boolean {
  return page.length === PAGE_SIZE_AT + 4 && page.subarray(SIGN_AT, SIGN_AT + SIGN.length).equals(SIGN);
}
