import { readSync } from "node:fs";

/** Of LMDB's format, version 2, as `struct MDB_meta`, `MDB_db`, `MDB_page_header` and `MDB_node` have it. */
const META = { pageSize: 48, freeRoot: 88, mainRoot: 136 };
const PAGE = { number: 0, flags: 18, lower: 20, upper: 22, overflowPages: 20, header: 24 };
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, header: 8 };
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const BIG_DATA = 1;
const SUB_DATABASE = 2;
const DATABASE = { root: 40, size: 48 };
const NO_PAGE = 2n ** 64n - 1n;

export interface DataFile {
  /** Its newest meta page. */
  readonly meta: Buffer;
  readonly size: number;
}

/**
 * Looks at every page that can be reached from the newest meta page, as LMDB would follow them: it ends the whole process
 * over some damages. It reads all but the long values, of which it reads the first page.
 * @returns the first page that is missing or damaged, in words; null when all of them are there and whole
 */
export function damageOf(file: number, { meta, size }: DataFile): string | null {
  const pageSize = meta.readUInt32LE(META.pageSize);
  const pages = BigInt(Math.floor(size / pageSize));
  const waiting = [meta.readBigUInt64LE(META.freeRoot), meta.readBigUInt64LE(META.mainRoot)];
  const page = Buffer.alloc(pageSize);
  const load = (number: bigint): boolean =>
    number < pages &&
    readSync(file, page, 0, pageSize, Number(number) * pageSize) === pageSize &&
    page.readBigUInt64LE(PAGE.number) === number;
  // No page is reached twice, unless the file is damaged.
  for (let read = 0n; waiting.length > 0; read++) {
    const number = waiting.pop() ?? NO_PAGE;
    if (number === NO_PAGE) continue;
    const references = read <= pages && load(number) ? referencesIn(page) : null;
    if (references === null) return `page ${number} of ${pages}`;
    waiting.push(...references.pages);
    for (const long of references.long) {
      const isThere =
        load(long) &&
        (page.readUInt16LE(PAGE.flags) & OVERFLOW) !== 0 &&
        long + BigInt(page.readUInt32LE(PAGE.overflowPages)) <= pages;
      if (!isThere) return `page ${long} of ${pages}`;
    }
  }
  return null;
}

interface References {
  readonly pages: readonly bigint[];
  /** The first pages of long values. */
  readonly long: readonly bigint[];
}

/** Null when it is none: what stands in it leads out of it. */
function referencesIn(page: Buffer): References | null {
  const flags = page.readUInt16LE(PAGE.flags);
  const isBranch = (flags & BRANCH) !== 0;
  const [lower, upper] = [page.readUInt16LE(PAGE.lower), page.readUInt16LE(PAGE.upper)];
  const room = page.length - PAGE.header;
  if (isBranch === ((flags & LEAF) !== 0) || lower % 2 !== 0 || lower > upper || upper > room) return null;
  const found = { pages: [] as bigint[], long: [] as bigint[] };
  for (let index = 0; index < lower / 2; index++) {
    const at = page.readUInt16LE(PAGE.header + 2 * index);
    if (at < upper || at + NODE.header > room) return null;
    const node = page.subarray(PAGE.header + at);
    const keySize = node.readUInt16LE(NODE.keySize);
    const isWhole = isBranch ? addBranch(node, keySize, found) : addLeaf(node, keySize, found);
    if (!isWhole) return null;
  }
  return found;
}

type Found = Readonly<Record<keyof References, bigint[]>>;

function addBranch(node: Buffer, keySize: number, { pages }: Found): boolean {
  pages.push(BigInt(node.readUIntLE(0, 6)));
  return NODE.header + keySize <= node.length;
}

function addLeaf(node: Buffer, keySize: number, { pages, long }: Found): boolean {
  const flags = node.readUInt16LE(NODE.flags);
  const data = NODE.header + keySize;
  const isLong = (flags & BIG_DATA) !== 0;
  const size = isLong ? 8 : node.readUInt16LE(NODE.low) + node.readUInt16LE(NODE.high) * 2 ** 16;
  if (keySize === 0 || data + size > node.length) return false;
  if (isLong) long.push(node.readBigUInt64LE(data));
  else if ((flags & SUB_DATABASE) !== 0) {
    if (size < DATABASE.size) return false;
    pages.push(node.readBigUInt64LE(data + DATABASE.root));
  }
  return true;
}
