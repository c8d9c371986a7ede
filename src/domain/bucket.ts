/**
 * Which users a percentage reaches: murmur3_x86_32 over the UTF-8 bytes of `salt:targetingKey`, seed 0, spread over
 * 10,000 buckets. Lowering a percentage takes away those who came last; raising it again brings the same ones back.
 */

/** Buckets: a percentage has two decimals. */
export const BUCKETS = 10_000;

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** The part of a hash that is the same for every user of a flag. */
export interface Salt {
  /** After the whole blocks of four bytes. */
  readonly hash: number;
  /** Bytes behind the last whole block, little-endian. */
  readonly tail: number;
  /** 0 to 3. */
  readonly tailLength: number;
  /** In bytes. */
  readonly length: number;
}

/** @param salt the flag's key, fixed at creation */
export function saltOf(salt: string): Salt {
  return feed(EMPTY, `${salt}:`);
}

/** 0 to 9,999. */
export function bucketOf(salt: Salt, targetingKey: string): number {
  // Below 2^32 × 10^4 everything is exact in a double.
  return Math.floor((murmur3With(salt, targetingKey) * BUCKETS) / 0x1_0000_0000);
}

/** Buckets below this are on. @param percentage 0 to 100 */
export function bucketsOn(percentage: number): number {
  return Math.round(percentage * (BUCKETS / 100));
}

/** 32 bits, unsigned. */
export function murmur3(text: string): number {
  return murmur3With(EMPTY, text);
}

const EMPTY: Salt = { hash: 0, tail: 0, tailLength: 0, length: 0 };

/** Nothing is allocated for ASCII, which ids are: this is what an evaluation costs. */
function murmur3With(salt: Salt, text: string): number {
  let { hash, tail, tailLength } = salt;
  const length = text.length;
  for (let index = 0; index < length; index++) {
    const unit = text.charCodeAt(index);
    if (unit > 0x7f) return finished(feed(salt, text));
    tail |= unit << (tailLength << 3);
    if (++tailLength === 4) {
      hash = mixed(hash, tail);
      tail = 0;
      tailLength = 0;
    }
  }
  return finish(hash, tail, tailLength, salt.length + length);
}

/** Any text. A half of a pair without the other one becomes U+FFFD, as in every encoder of the web. */
function feed(salt: Salt, text: string): Salt {
  let { hash, tail, tailLength, length } = salt;
  const put = (byte: number): void => {
    tail |= byte << (tailLength << 3);
    length++;
    if (++tailLength === 4) {
      hash = mixed(hash, tail);
      tail = 0;
      tailLength = 0;
    }
  };
  for (let index = 0; index < text.length; index++) {
    const point = text.codePointAt(index) as number;
    const code = point >= 0xd800 && point <= 0xdfff ? 0xfffd : point;
    if (code < 0x80) put(code);
    else if (code < 0x800) {
      put(0xc0 | (code >> 6));
      put(0x80 | (code & 0x3f));
    } else if (code < 0x1_0000) {
      put(0xe0 | (code >> 12));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    } else {
      // Two units of the text.
      index++;
      put(0xf0 | (code >> 18));
      put(0x80 | ((code >> 12) & 0x3f));
      put(0x80 | ((code >> 6) & 0x3f));
      put(0x80 | (code & 0x3f));
    }
  }
  return { hash, tail, tailLength, length };
}

function finished({ hash, tail, tailLength, length }: Salt): number {
  return finish(hash, tail, tailLength, length);
}

function mixed(hash: number, block: number): number {
  const k = Math.imul(rotated(Math.imul(block, C1), 15), C2);
  return (Math.imul(rotated(hash ^ k, 13), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, tail: number, tailLength: number, length: number): number {
  let h = tailLength > 0 ? hash ^ Math.imul(rotated(Math.imul(tail, C1), 15), C2) : hash;
  h ^= length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

function rotated(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}
