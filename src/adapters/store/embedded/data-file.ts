import { closeSync, existsSync, fstatSync, openSync, readdirSync, readSync } from "node:fs";
import { join } from "node:path";
import { type DataFile, damageOf } from "./data-pages.ts";

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
 * @returns whether there is something in it
 * @throws Error when it is no LMDB file, or not all of one
 */
export function checkDataFile(path: string): boolean {
  return withDataFile(path, (file, data) => {
    const expected = sizeOf(data.meta);
    // Pages that were freed again before they were first written may lack at the end of a good file.
    if (data.size < expected && damageOf(file, data) !== null)
      throw new Error(`data.mdb is cut off: it has ${data.size} bytes of ${expected}`);
  });
}

/**
 * The same, and whether it is all there is to be, by somebody who has the directory for himself: who begins anew where there
 * was something may raise what was rolled back.
 * @throws Error when the data is gone, empty or damaged
 */
export function checkData(directory: string): void {
  const path = join(directory, "data.mdb");
  if (!existsSync(path)) {
    const left = leftIn(directory);
    if (left !== null) throw new Error(`data.mdb is gone, but ${left} is there`);
    return;
  }
  checkDataFile(path);
  const isEmpty = !withDataFile(path, (file, data) => {
    const damage = damageOf(file, data);
    if (damage !== null) throw new Error(`data.mdb is damaged, at ${damage}`);
  });
  if (isEmpty) throw new Error("data.mdb is empty");
}

/** What tells that there was data once. */
function leftIn(directory: string): string | null {
  const has = (folder: string, ending: string): boolean =>
    existsSync(join(directory, folder)) &&
    readdirSync(join(directory, folder), { recursive: true, encoding: "utf8" }).some((name) =>
      name.endsWith(ending),
    );
  if (has("ledger", ".ndjson")) return "its archive (ledger/)";
  if (has("flags", ".json")) return "what was kept of a Redis' flags (flags/)";
  return existsSync(join(directory, "lock.mdb")) ? "its lock.mdb" : null;
}

/** @returns false when there is nothing in it */
function withDataFile(path: string, look: (file: number, data: DataFile) => void): boolean {
  if (!existsSync(path)) return false;
  const file = openSync(path, "r");
  try {
    const first = read(file, 0);
    if (first.length === 0) return false;
    const second = isMeta(first) ? read(file, first.readUInt32LE(PAGE_SIZE_AT)) : first;
    if (!isMeta(second)) throw new Error("data.mdb is damaged, or no LMDB file");
    look(file, { meta: newerOf(first, second), size: fstatSync(file).size });
    return true;
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
