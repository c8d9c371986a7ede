import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { Document, isScalar, parseDocument, type Scalar } from "yaml";
import { sourceOffsetsOf } from "../../../src/adapters/files/scalar-source.ts";
import { walks } from "../../support/walks.ts";

/** Each character of a value with the character of the text that it was written with. */
function written(text: string): { value: string; source: string; found: boolean } {
  const node = parseDocument(text).get("key", true) as Scalar;
  const offsets = sourceOffsetsOf(node, text);
  const value = String(node.value);
  return {
    value,
    source: value
      .split("")
      .map((_, at) => text[offsets?.[at] ?? -1] ?? "?")
      .join(""),
    found: offsets !== undefined,
  };
}

describe("where the characters of a value were written", () => {
  const cases: Record<string, string> = {
    "plain text": "key: error_rate > 1\n",
    "plain text over lines": "key: error_rate\n  > 1\n  and b\n",
    "a literal block": "key: |\n    error_rate\n      > 1\n\n    and b\nother: 1\n",
    "a literal block without its last line feed": "key: |-\n  a > 1\n",
    "a block with an indentation indicator": "key: |2\n    a\n   b\n",
    "a block with an indentation indicator and lines alike": "key: |2-\n    a\n  a\n",
    "a block that begins with a tab": "key: |-\n  \t\n    a\n  b\n",
    "a folded block": "key: >-\n  error_rate\n  > 1\n\n  and b\n     c\n  d\n",
    "a block with a comment in its header": "key: >- # why\n  a\n  b\n",
    "a block with Windows' line ends": "key: |\r\n  a\r\n  b\r\n",
    "single quotes": "key: 'it''s > 1'\n",
    "single quotes over lines": "key: 'a > 1\n\n   and   \n  b'\n",
    "double quotes": 'key: "a > 1"\n',
    "double quotes over lines": 'key: "a > 1\n   and \\\n   b"\n',
  };
  for (const [what, text] of Object.entries(cases)) {
    it(`is known for ${what}`, () => {
      const { value, source, found } = written(text);
      expect(found).toBe(true);
      expect(source.replaceAll(/\s/g, " ")).toBe(value.replaceAll(/\s/g, " "));
    });
  }

  it("is the backslash for an escape", () => {
    expect(written(String.raw`key: "a\"b\x41\u0042\ttail"`)).toMatchObject({
      value: 'a"bAB\ttail',
      source: "a\\b\\\\\\tail",
    });
  });

  it("is found for whatever the library writes, however it writes it", () => {
    const part = fc.constantFrom(
      "a",
      "b > 1",
      " ",
      "\n",
      "  ",
      "'",
      '"',
      "\\",
      ":",
      "#",
      "- ",
      "é",
      "😀",
      "\t",
      "x".repeat(90),
    );
    const type = fc.constantFrom("PLAIN", "QUOTE_SINGLE", "QUOTE_DOUBLE", "BLOCK_LITERAL", "BLOCK_FOLDED");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), type, (parts, style) => {
        const document = new Document({ key: parts.join("") });
        const scalar = document.get("key", true);
        if (isScalar(scalar)) scalar.type = style as Scalar.PLAIN;
        const text = document.toString();
        // The library writes some texts in a style that it cannot read again, such as a plain ":" over lines.
        fc.pre(parseDocument(text).errors.length === 0);
        const { value, source, found } = written(text);
        // A block of nothing but spaces has no line to count from; its place is its beginning.
        if (value.trim() === "") return;
        expect([text, found]).toEqual([text, true]);
        const letters = /[ab1x]/;
        for (const [at, character] of value.split("").entries())
          if (letters.test(character)) expect(source[at]).toBe(character);
      }),
      walks(500),
    );
  });
});
