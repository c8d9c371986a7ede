import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { OverlayMap } from "../../src/domain/overlay-map.ts";
import { walks } from "../support/walks.ts";

const key: fc.Arbitrary<string> = fc.constantFrom("a", "b", "c", "__proto__");
const step = fc.oneof(fc.record({ set: key, value: fc.nat() }), fc.record({ delete: key }));

describe("a map on top of another", () => {
  it("reads as a map to which the same was done, and leaves the one below as it was", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(key, fc.nat())), fc.array(step), (entries, steps) => {
        const base = new Map(entries);
        const overlay = new OverlayMap(base);
        const plain = new Map(entries);
        for (const one of steps) {
          if ("set" in one) {
            overlay.set(one.set, one.value);
            plain.set(one.set, one.value);
          } else {
            overlay.delete(one.delete);
            plain.delete(one.delete);
          }
        }
        const visited = new Map<string, number>();
        overlay.forEach((value, name) => {
          visited.set(name, value);
        });
        expect(overlay.size).toBe(plain.size);
        expect(new Map(overlay)).toEqual(plain);
        expect(visited).toEqual(plain);
        expect([...overlay.keys()].sort()).toEqual([...plain.keys()].sort());
        expect([...overlay.values()].sort()).toEqual([...plain.values()].sort());
        for (const name of ["a", "b", "c", "__proto__", "none"]) {
          expect(overlay.get(name)).toBe(plain.get(name));
          expect(overlay.has(name)).toBe(plain.has(name));
        }
        expect(base).toEqual(new Map(entries));
      }),
      walks(100),
    );
  });
});
