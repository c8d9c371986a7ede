import { describe, expect, it } from "@jest/globals";
import { parseYaml, type YamlPath } from "../../src/adapters/files/yaml-document.ts";

const place = (text: string, path: YamlPath, part: "key" | "value") => {
  const { line, column } = parseYaml(text).positionOf(path, part);
  return `${line}:${column}`;
};

const problems = (text: string) =>
  parseYaml(text).problems.map(({ line, column, message }) => `${line}:${column} ${message}`);

describe("places", () => {
  const text = "a:\n  b: [1, { c: 2 }]\n  'd e': |\n    text\nx: &x { y: 1 }\nz: *x\n";

  it("are those of keys and values", () => {
    expect(place(text, ["a", "b"], "key")).toBe("2:3");
    expect(place(text, ["a", "b"], "value")).toBe("2:6");
    expect(place(text, ["a", "b", 0], "value")).toBe("2:7");
    expect(place(text, ["a", "b", 1, "c"], "key")).toBe("2:12");
    expect(place(text, ["a", "b", 1, "c"], "value")).toBe("2:15");
    expect(place(text, ["a", "d e"], "key")).toBe("3:3");
  });

  it("lead through an alias to what it stands for", () => {
    expect(place(text, ["z"], "value")).toBe("6:4");
    expect(place(text, ["z", "y"], "value")).toBe("5:12");
  });

  it("of what was not written are the nearest part above", () => {
    expect(place(text, ["a", "q"], "value")).toBe("1:1");
    expect(place(text, ["a", "b", 1, "q", "r"], "value")).toBe("2:10");
    expect(place(text, ["a", "b", 7], "value")).toBe("2:3");
    expect(place("", ["a"], "key")).toBe("1:1");
  });

  it("count lines that end in CRLF", () => {
    expect(place("a: 1\r\nb: 2\r\n", ["b"], "value")).toBe("2:4");
  });
});

describe("values", () => {
  it("have no prototype, so that no key is special", () => {
    const { value, problems } = parseYaml("constructor: 1\ntoString: { valueOf: 2 }\n");
    expect(problems).toEqual([]);
    expect(Object.getPrototypeOf(value)).toBeNull();
    expect(JSON.stringify(value)).toBe('{"constructor":1,"toString":{"valueOf":2}}');
  });

  it("follow aliases", () => {
    expect(parseYaml("a: &a [1, 2]\nb: *a\n").value).toEqual({ a: [1, 2], b: [1, 2] });
  });

  it("take a key that is a number as it is written", () => {
    expect(Object.keys(parseYaml("{ 1: a, 1.50: b, true: c, ~: d }").value as object)).toEqual([
      "1",
      "1.50",
      "true",
      "~",
    ]);
  });
});

describe("problems", () => {
  it("are syntax errors, one for each line that has one, without those that only follow from them", () => {
    expect(problems("a: \"x\" y\nb: 'c' d\n")).toEqual([
      expect.stringMatching(/^1:8 /),
      expect.stringMatching(/^2:8 /),
    ]);
    expect(problems("list:\n  - { a: rate(x[1m]), b: 2 }\nmore: { c: d }\nlast: [e]\n")).toHaveLength(1);
    expect(parseYaml("a: [1\n").value).toBeUndefined();
  });

  it("are duplicate keys, wherever they are", () => {
    expect(problems("a: 1\nb: { c: 1, d: 2, c: 3 }\n'a': 2\n")).toEqual([
      '2:18 duplicate key "c"',
      '3:1 duplicate key "a"',
    ]);
  });

  it("are keys that could do harm, and keys that are no text", () => {
    expect(problems("__proto__: { admin: true }\n? [1]\n: 2\n")).toEqual([
      '1:1 "__proto__" cannot be a key',
      "2:3 a key must be plain text",
    ]);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
  });

  it("are second documents", () => {
    expect(problems("a: 1\n---\nb: 2\n")).toEqual([
      "2:1 a second document begins here, but a file holds only one",
    ]);
  });

  it("stand in the line where they are, even behind what cannot be parsed", () => {
    expect(problems("a: 'x\nb: 2\nc: 3")).toEqual(["3:5 Missing closing 'quote"]);
  });

  it("are tags that nobody knows", () => {
    expect(problems("a: !secret x\n")).toEqual(["1:4 Unresolved tag: !secret"]);
  });

  it("are aliases without an anchor, or of themselves", () => {
    expect(problems("a: *b\n")).toEqual(["1:4 this alias names no anchor above it"]);
    expect(problems("a: &a [1, *a]\n")).toEqual(["1:11 this alias contains itself"]);
  });

  it("are aliases that ask for a billion values", () => {
    const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      lines.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(", ")}]`,
      );
    const { value, problems: found } = parseYaml(lines.join("\n"));
    expect(value).toBeUndefined();
    expect(found.map(({ message }) => message)).toEqual(["aliases repeat more than 10000 values"]);
  });

  it("are values nested without end", () => {
    expect(problems(`${"[".repeat(70)}${"]".repeat(70)}`)).toEqual(["1:65 nested more than 64 levels deep"]);
    expect(problems("[".repeat(100_000)).length).toBeGreaterThan(0);
    expect(problems(`${"- ".repeat(100_000)}a`).length).toBeGreaterThan(0);
  });
});
