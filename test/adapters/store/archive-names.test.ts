import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fileOf, folderOf, rangeIn } from "../../../src/adapters/store/embedded/archive-names.ts";
import { walks } from "../../support/walks.ts";

describe("the folder of an application's archive", () => {
  test.each([
    ["genesis", "genesis"],
    ["Team_a.shop-2", "Team_a.shop-2"],
    [".", "%2E"],
    ["..", "%2E."],
    [".hidden", "%2Ehidden"],
    ["../../etc", "%2E.%2F..%2Fetc"],
    ["a%2Fb", "a%252Fb"],
    ["nul\0", "nul%00"],
    ["ё", "%D1%91"],
    ["x".repeat(200), "x".repeat(200)],
  ])("of %j is %s", (application, folder) => {
    expect(folderOf(application)).toBe(folder);
  });

  test("is one name of 200 bytes at most, none of a place that is there already, and never another one's", () => {
    const text = fc.oneof(
      fc.string({ unit: "grapheme", maxLength: 300 }),
      fc.constantFrom("x".repeat(201), "x".repeat(202), `${"x".repeat(135)}~`),
    );
    fc.assert(
      fc.property(text, text, (one, other) => {
        const folder = folderOf(one);
        expect(folder).toMatch(/^([A-Za-z0-9_%-][A-Za-z0-9._%~-]{0,199})?$/);
        expect(folder === folderOf(other)).toBe(one === other);
      }),
      walks(100),
    );
  });
});

test("a file of the archive says which events it has, and sorts as they do", () => {
  const range = { first: 9, last: 10_000 };
  expect(fileOf(range)).toBe("0000000000000009-0000000000010000.ndjson");
  expect(rangeIn(fileOf(range))).toEqual(range);
  expect(rangeIn("1-2.ndjson")).toBeNull();
  expect(rangeIn("0000000000000009-0000000000010000.ndjson.gz")).toBeNull();
});
