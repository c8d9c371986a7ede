import { readSync } from "node:fs";

/** Of LMDB's format, version 2, as `struct MDB_meta`, `MDB_db`, `MDB_page_header` and `MDB_node` have it. */
const META = { pageSize: 48, freeRoot: 88, mainRoot: 136 };
const PAGE = { flags: 18, lower: 20, overflowPages: 20, header: 24 };
const NODE = { flags: 4, keySize: 6, header: 8 };
const BRANCH = 1;
const BIG_DATA = 1;
const SUB_DATABASE = 2;
const ROOT_IN_DATABASE = 40;
const NO_PAGE = 2n ** 64n - 1n;

/** Whether a file has every page that can be reached from its newest meta page. It reads all but the long values. */
export function holdsAllPages(file: number, { meta, size }: { meta: Buffer; size: number }): boolean {
  const pageSize = meta.readUInt32LE(META.pageSize);
  const pages = Math.floor(size / pageSize);
  const waiting = [meta.readBigUInt64LE(META.freeRoot), meta.readBigUInt64LE(META.mainRoot)];
  // No page is reached twice, unless the file is damaged.
  for (let read = 0; waiting.length > 0; read++) {
    const number = waiting.pop() ?? NO_PAGE;
    if (number === NO_PAGE) continue;
    if (number >= pages || read > pages) return false;
    const page = Buffer.alloc(pageSize);
    readSync(file, page, 0, pageSize, Number(number) * pageSize);
    for (const next of pagesOf(page)) {
      if (next.long) {
        const header = Buffer.alloc(PAGE.header);
        if (next.number >= pages) return false;
        readSync(file, header, 0, PAGE.header, Number(next.number) * pageSize);
        if (Number(next.number) + header.readUInt32LE(PAGE.overflowPages) > pages) return false;
      } else waiting.push(next.number);
    }
  }
  return true;
}

interface Reference {
  readonly number: bigint;
  /** The first of the pages of a long value. */
  readonly long: boolean;
}

function pagesOf(page: Buffer): Reference[] {
  const isBranch = (page.readUInt16LE(PAGE.flags) & BRANCH) !== 0;
  const references: Reference[] = [];
  for (let index = 0; index < page.readUInt16LE(PAGE.lower) / 2; index++) {
    const node = page.subarray(PAGE.header + page.readUInt16LE(PAGE.header + 2 * index));
    const data = NODE.header + node.readUInt16LE(NODE.keySize);
    const flags = node.readUInt16LE(NODE.flags);
    if (isBranch) references.push({ number: BigInt(node.readUIntLE(0, 6)), long: false });
    else if ((flags & BIG_DATA) !== 0) references.push({ number: node.readBigUInt64LE(data), long: true });
    else if ((flags & SUB_DATABASE) !== 0)
      references.push({ number: node.readBigUInt64LE(data + ROOT_IN_DATABASE), long: false });
  }
  return references;
}
