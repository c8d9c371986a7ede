import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { parse } from "yaml";
import { isPlainTree, libraryText, plainTreeText } from "../../../src/adapters/files/plain-yaml.ts";
import { yamlText } from "../../../src/adapters/files/yaml-text.ts";
import { walks } from "../../support/walks.ts";

describe("YAML text", () => {
  it("has its header, keeps the order of keys and folds no line", () => {
    const long = "word ".repeat(40).trim();
    const shared = { b: 1, a: [long] };
    expect(yamlText({ z: shared, b: shared, text: "one\n two\n" }, ["first", "second"])).toBe(
      `# first
# second

z:
  b: 1
  a:
    - ${long}
b:
  b: 1
  a:
    - ${long}
text: |
  one
   two
`,
    );
  });

  it("quotes what YAML 1.1 would take for something else", () => {
    const text = yamlText(["yes", "off", "1_000", "12:30:45", "~", "", "2026-11-20", "1e3"], []);
    expect(
      text
        .trim()
        .split("\n")
        .every((line) => /^- ".*"$/.test(line)),
    ).toBe(true);
  });

  it("escapes what Go programs take for the end of a line, or refuse", () => {
    expect(yamlText(["a\u0085b", "\u2028", "\u007f", "\ufeff", "a\rb"], [])).toBe(
      '\n- "a\\u0085b"\n- "\\u2028"\n- "\\u007f"\n- "\\ufeff"\n- "a\\rb"\n',
    );
  });

  it("loses nothing of any text, and is the same each time", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string(),
      fc.constantFrom("a\n\nb\n", " x ", "# y", "- z", "|", "'\"\\"),
    );
    fc.assert(
      fc.property(
        fc.array(text),
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
          text,
        ),
        (list, map) => {
          const data = { list, map };
          const written = yamlText(data, ["header"]);
          expect(parse(written)).toEqual(JSON.parse(JSON.stringify(data)));
          expect(yamlText(data, ["header"])).toBe(written);
        },
      ),
      walks(100),
    );
  });

  it("of plain data is what the library writes, only sooner", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.string({ unit: fc.constantFrom(..." \n\t#-:|>'\"\\%a.{}[],&*!?1~") }),
      fc.constantFrom(
        "yes",
        "1_000",
        "12:30:45",
        "2026-11-20",
        "a: b",
        " x\ny\n\n",
        "---\na",
        "x\n",
        `${"w ".repeat(40)}\nx`,
      ),
    );
    const key = fc.oneof(
      fc.stringMatching(/^[A-Za-z_][\w./-]{0,6}$/),
      fc.constantFrom("yes", "y", "on", "NULL"),
    );
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof({ maxDepth: 4 }, tie("leaf"), fc.array(tie("tree")), fc.dictionary(key, tie("tree"))),
      leaf: fc.oneof(text, fc.double(), fc.integer(), fc.boolean(), fc.constantFrom(null, undefined)),
    }));
    let plain = 0;
    fc.assert(
      fc.property(fc.dictionary(key, tree), (data) => {
        if (!isPlainTree(data)) return;
        plain += 1;
        expect(plainTreeText(data)).toBe(libraryText(data));
      }),
      walks(1_000),
    );
    expect(plain).toBeGreaterThan(500);
  });

  it("of keys and values out of the ordinary is what the library writes", () => {
    for (const data of [{ "a b": 1 }, { "": 1 }, { a: -0 }, { a: new Map([["b", 1]]) }, {}, [], "text", null])
      expect(yamlText(data, [])).toBe(`\n${libraryText(data)}`);
  });
});
