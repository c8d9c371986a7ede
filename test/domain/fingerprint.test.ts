import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { fingerprintOf } from "../../src/domain/fingerprint.ts";
import { walks } from "../support/walks.ts";

/** FNV-1a as its inventors write it, slowly. */
function slowly(labels: Record<string, string>): string {
  const encode = (text: string): number[] => [...new TextEncoder().encode(text), 0xff];
  const names = Object.keys(labels).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const bytes = names.flatMap((name) => [...encode(name), ...encode(labels[name] ?? "")]);
  let hash = 14695981039346656037n;
  for (const byte of bytes) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 1099511628211n);
  return hash.toString(16).padStart(16, "0");
}

describe("the fingerprint of labels", () => {
  it("is FNV-1a over names and values in the order of their bytes", () => {
    const text = fc.string({ unit: "grapheme", maxLength: 12 });
    fc.assert(
      fc.property(fc.dictionary(text, text), (labels) => {
        expect(fingerprintOf(labels)).toBe(slowly(labels));
      }),
      walks(100),
    );
  });

  it("sorts names as Go does, which is not as JavaScript does", () => {
    const labels = { "\u{1f6a6}": "beyond the basic plane", "\uffee": "within", a: "1", ab: "2" };
    expect(fingerprintOf(labels)).toBe(slowly(labels));
  });

  it("comes to an end for names that differ in half a surrogate pair only", () => {
    expect(fingerprintOf({ "\ud800": "1", "\ud801": "2" })).toMatch(/^[0-9a-f]{16}$/);
  });

  it("of no labels is the hash's start", () => {
    expect(fingerprintOf({})).toBe("cbf29ce484222325");
  });

  it("does not depend on the order in which labels were sent", () => {
    expect(fingerprintOf({ a: "1", b: "2" })).toBe(fingerprintOf({ b: "2", a: "1" }));
  });
});
