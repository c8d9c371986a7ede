import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { BUCKETS, bucketOf, bucketsOn, murmur3, saltOf } from "../../src/domain/bucket.ts";
import { walks } from "../support/walks.ts";

/** The algorithm as its author wrote it down, over bytes: https://github.com/aappleby/smhasher. */
function reference(bytes: Uint8Array): number {
  const rotl = (x: bigint, r: bigint): bigint => ((x << r) | (x >> (32n - r))) & MASK;
  const MASK = 0xffffffffn;
  const [c1, c2] = [0xcc9e2d51n, 0x1b873593n];
  let h = 0n;
  const whole = bytes.length - (bytes.length % 4);
  const word = (from: number, to: number): bigint =>
    bytes.subarray(from, to).reduce((sum, byte, index) => sum | (BigInt(byte) << BigInt(8 * index)), 0n);
  const k = (block: bigint): bigint => (rotl((block * c1) & MASK, 15n) * c2) & MASK;
  for (let at = 0; at < whole; at += 4) h = (rotl(h ^ k(word(at, at + 4)), 13n) * 5n + 0xe6546b64n) & MASK;
  if (whole < bytes.length) h ^= k(word(whole, bytes.length));
  h ^= BigInt(bytes.length);
  h = ((h ^ (h >> 16n)) * 0x85ebca6bn) & MASK;
  h = ((h ^ (h >> 13n)) * 0xc2b2ae35n) & MASK;
  return Number(h ^ (h >> 16n));
}

describe("murmur3", () => {
  it("hashes the vectors that everybody agrees on", () => {
    expect(murmur3("hello")).toBe(613153351);
    expect(murmur3("My 🚀 is full of 🦎.")).toBe(1818098979);
    expect(murmur3("吉 星 高 照")).toBe(3435142074);
    expect(murmur3("")).toBe(0);
  });

  it("hashes the UTF-8 bytes of any text, wherever salt and key meet", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: "grapheme" }),
      fc.string(),
      fc.array(fc.integer({ min: 0, max: 0xffff })).map((units) => String.fromCharCode(...units)),
    );
    fc.assert(
      fc.property(text, text, (salt, key) => {
        expect(murmur3(key)).toBe(reference(Buffer.from(key)));
        const whole = Buffer.concat([Buffer.from(`${salt}:`), Buffer.from(key)]);
        expect(bucketOf(saltOf(salt), key)).toBe(Number((BigInt(reference(whole)) * BigInt(BUCKETS)) >> 32n));
      }),
      walks(1_000),
    );
  });
});

describe("a percentage", () => {
  it("reaches that share of users, to one in a hundred of 20,000", () => {
    const salt = saltOf("new_checkout");
    for (const percentage of [0, 0.01, 1, 10, 33.33, 50, 99.99, 100]) {
      const on = Array.from({ length: 20_000 }, (_, user) => bucketOf(salt, `user-${user}`)).filter(
        (bucket) => bucket < bucketsOn(percentage),
      );
      expect(Math.abs(on.length / 200 - percentage)).toBeLessThan(1);
      if (percentage === 0) expect(on).toEqual([]);
      if (percentage === 100) expect(on).toHaveLength(20_000);
    }
  });

  it("counts in hundredths, whatever a double makes of them", () => {
    for (let hundredths = 0; hundredths <= 10_000; hundredths++)
      expect(bucketsOn(hundredths / 100)).toBe(hundredths);
  });
});
