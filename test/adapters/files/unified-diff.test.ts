import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { unifiedDiff } from "../../../src/adapters/files/unified-diff.ts";
import { walks } from "../../support/walks.ts";

const diff = (before: string, after: string) => unifiedDiff(before, after, "old", "new");

/** Applies a unified diff, and checks every line of it on the way. */
function applied(before: string, patch: string): string {
  const source = before.split("\n").slice(0, -1);
  const result: string[] = [];
  let at = 0;
  for (const line of patch.split("\n").slice(2)) {
    const hunk = /^@@ -(\d+),(\d+) \+(\d+),(\d+) @@$/.exec(line);
    if (hunk !== null) {
      const start = Number(hunk[1]) - (hunk[2] === "0" ? 0 : 1);
      result.push(...source.slice(at, start));
      at = start;
      expect(result).toHaveLength(Number(hunk[3]) - (hunk[4] === "0" ? 0 : 1));
    } else if (line.startsWith("+")) result.push(line.slice(1));
    else {
      expect(source[at]).toBe(line.slice(1));
      at += 1;
      if (line.startsWith(" ")) result.push(line.slice(1));
    }
  }
  return [...result, ...source.slice(at), ""].join("\n");
}

describe("a unified diff", () => {
  it("is empty for what is the same", () => expect(diff("a\n", "a\n")).toBe(""));

  it("shows three lines around each change, as diff -u does", () => {
    const before = "1\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11\n12\n13\n14\n15\n16\n";
    const after = before.replace("4\n", "four\n").replace("14\n", "").replace("\n6\n", "\n6\n6.5\n");
    expect(diff(before, after)).toBe(
      [
        "--- old",
        "+++ new",
        "@@ -1,9 +1,10 @@",
        " 1",
        " 2",
        " 3",
        "-4",
        "+four",
        " 5",
        " 6",
        "+6.5",
        " 7",
        " 8",
        " 9",
        "@@ -11,6 +12,5 @@",
        " 11",
        " 12",
        " 13",
        "-14",
        " 15",
        " 16",
      ].join("\n"),
    );
  });

  it("tells that the last line has no end", () => {
    expect(diff("a\nb", "a\nb\n")).toBe(
      "--- old\n+++ new\n@@ -1,3 +1,2 @@\n a\n b\n-\\ No newline at end of file",
    );
  });

  it("turns any text into any other", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", ""), { maxLength: 40 })
      .map((lines) => lines.map((l) => `${l}\n`).join(""));
    fc.assert(
      fc.property(text, text, (before, after) => {
        if (before !== after) expect(applied(before, diff(before, after))).toBe(after);
      }),
      walks(100),
    );
  });

  it("does not search for long in texts that have nothing in common", () => {
    const lines = (word: string) =>
      Array.from({ length: 5_000 }, (_, index) => `${word} ${index}\n`).join("");
    const patch = diff(lines("a"), lines("b"));
    expect(applied(lines("a"), patch)).toBe(lines("b"));
  });
});
