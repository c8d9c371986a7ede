import { describe, expect, test } from "@jest/globals";
import { cutText, cutToSize } from "../../../src/adapters/notify/cut.ts";

const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe("a text", () => {
  test.each([
    ["abc", 3, "abc"],
    ["abcd", 3, "ab…"],
    ["a🔥b", 3, "a…"],
    ["a\ud83db", 9, "a\ufffdb"],
  ])("%j in %i characters is %j", (text, length, expected) => {
    expect(cutText(text, length)).toBe(expected);
  });
});

describe("JSON", () => {
  test("that fits is left as it is", () => {
    const value = { text: "x".repeat(9_000) };
    expect(cutToSize(value, 10_000)).toBe(value);
  });

  test("loses the longest first, and of lists what is in the middle", () => {
    const value = {
      long: "x".repeat(20_000),
      short: "y".repeat(1_000),
      list: Array.from({ length: 1_000 }, (_, index) => index),
      labels: { a: "1" },
      nothing: null,
    };
    const cut = cutToSize(value, 12_000);
    expect(cut).toMatchObject({ short: value.short, labels: { a: "1" }, nothing: null });
    expect(cut.long).toHaveLength(8_192);
    expect([cut.list.length, cut.list[0], cut.list[249], cut.list[250], cut.list[499]]).toEqual([
      500, 0, 249, 750, 999,
    ]);
  });

  test("fits however many labels there are, and however long", () => {
    const text = "\u0000".repeat(5_000);
    const labels = Object.fromEntries(Array.from({ length: 2_000 }, (_, index) => [`${index}${text}`, text]));
    const cut = cutToSize({ labels, flags: [{ flag: text, before: { enabled: true } }] }, 20_000);
    expect(sizeOf(cut)).toBeLessThanOrEqual(20_000);
    expect(Object.keys(cut.labels)).toHaveLength(30);
    expect(cut.flags[0]?.before).toEqual({ enabled: true });
  });

  test("keeps a label with a name that objects have already", () => {
    const labels = JSON.parse('{"__proto__":"a"}');
    const cut = cutToSize({ labels, text: "x".repeat(9_000) }, 8_500);
    expect(JSON.stringify(cut.labels)).toBe('{"__proto__":"a"}');
  });
});
