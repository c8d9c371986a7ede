import { closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { holdsAllPages } from "./data-pages.ts";

/** Of LMDB's format, version 2, little-endian: both meta pages begin so, behind the header of a page. */
const SIGN = Buffer.from([0xde, 0xc0, 0xef, 0xbe, 2, 0, 0, 0]);
const SIGN_AT = 24;
const PAGE_SIZE_AT = 48;
const LAST_PAGE_AT = 144;
const TRANSACTION_AT = 152;
const META_END = 160;

/**
 * Looks at a file before LMDB opens it, because LMDB 3.5.6 for Node ends the whole process over a file of another
 * kind, or over one that ends too soon. A missing or empty one is fine: it will be made.
 * @throws Error when it is no LMDB file, or not all of one
 */
export function checkDataFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, "r");
  try {
    const first = read(file, 0);
    if (first.length === 0) return;
    const second = isMeta(first) ? read(file, first.readUInt32LE(PAGE_SIZE_AT)) : first;
    if (!isMeta(second)) throw new Error("data.mdb is damaged, or no LMDB file");
    const newer = newerOf(first, second);
    const { size } = fstatSync(file);
    const expected = sizeOf(newer);
    // Pages that were freed again before they were first written may lack at the end of a good file.
    if (size < expected && !holdsAllPages(file, { meta: newer, size })) {
      throw new Error(`data.mdb is cut off: it has ${size} bytes of ${expected}`);
    }
  } finally {
    closeSync(file);
  }
}

function read(file: number, at: number): Buffer {
  const bytes = Buffer.alloc(META_END);
  return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, at));
}

function isMeta(page: Buffer): boolean {
  return page.length === META_END && page.subarray(SIGN_AT, SIGN_AT + SIGN.length).equals(SIGN);
}

/** They take turns: the one of the higher transaction counts. */
function newerOf(one: Buffer, other: Buffer): Buffer {
  return one.readBigUInt64LE(TRANSACTION_AT) > other.readBigUInt64LE(TRANSACTION_AT) ? one : other;
}

function sizeOf(meta: Buffer): number {
  return (Number(meta.readBigUInt64LE(LAST_PAGE_AT)) + 1) * meta.readUInt32LE(PAGE_SIZE_AT);
}
