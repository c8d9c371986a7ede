import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { importRules } from "../../src/adapters/files/rule-import.ts";
import { commentsIn } from "../../src/adapters/files/yaml-comments.ts";
import { parseYaml } from "../../src/adapters/files/yaml-document.ts";
import { expectGolden } from "../cli/golden.ts";
import { run } from "../cli/run.ts";
import { walks } from "../support/walks.ts";

const FILE = "test/golden/lint/import-comments.rules.yml";
const RICH = readFileSync(FILE, "utf8");

const commentsOf = (yaml: string) => commentsIn(yaml, "#").map(({ text }) => text);

/** The lines of a rule file without its comments, and without empty lines. */
const BARE = (() => {
  let bare = RICH;
  for (const { offset, written } of commentsIn(RICH, "#").reverse())
    bare = bare.slice(0, offset).trimEnd() + bare.slice(offset + 1 + written.length);
  return bare.split("\n").filter((line) => line.trim() !== "");
})();

describe("the comments of an imported rule file", () => {
  it("are all there once, in their places", async () => {
    const { transcript, stdout, code } = await run(["import", FILE]);
    expectGolden("lint/import-comments", transcript);
    expect(code).toBe(0);
    const written = commentsOf(RICH).filter((text) => text !== "");
    expect(written.length).toBe(60);
    const kept = commentsOf(stdout);
    expect(
      Object.fromEntries(written.map((text) => [text, kept.filter((each) => each === text).length])),
    ).toEqual(Object.fromEntries(written.map((text) => [text, 1])));
  });

  it("are all there once, wherever they stand, and change nothing", () => {
    const { value } = parseYaml(importRules(BARE.join("\n")).yaml);
    const above = fc.record({ line: fc.nat(BARE.length), indent: fc.nat(14) });
    fc.assert(
      fc.property(
        fc.array(above, { maxLength: 12 }),
        fc.uniqueArray(fc.nat(BARE.length - 1), { maxLength: 12 }),
        fc.constantFrom("\n", "\r\n"),
        (alone, beside, feed) => {
          const lines = BARE.map((line, index) =>
            beside.includes(index) ? `${line} # beside ${index}` : line,
          );
          for (const [index, { line, indent }] of [...alone].sort((a, b) => b.line - a.line).entries())
            lines.splice(line, 0, `${" ".repeat(indent)}# above ${index}`);
          const text = lines.join(feed);
          // Within a block of text, or between the lines of another text, it is no comment.
          fc.pre(parseYaml(text).problems.length === 0);
          const { yaml } = importRules(text);
          const kept = commentsOf(yaml).filter((comment) => /^(above|beside) \d/.test(comment));
          expect(kept.sort()).toEqual(commentsOf(text).sort());
          const same = commentsOf(text).length === alone.length + beside.length;
          if (same) expect(parseYaml(yaml)).toMatchObject({ value, problems: [] });
        },
      ),
      walks(300),
    );
  });

  it("of a file with the line ends of Windows are kept too", () => {
    expect(importRules(RICH.replaceAll("\n", "\r\n")).yaml).toBe(importRules(RICH).yaml);
  });

  it("are kept where aliases bring whole groups and lists of rules", () => {
    const { yaml, alerts } = importRules(`x-rules: &rules # one
  # two
  - alert: A # three
    expr: a > 1
groups: # four
  # five
  - &group
    name: a # six
    rules: *rules # seven
  # eight
  - *group # nine
  - { name: b, rules: *rules } # ten
`);
    expect(alerts).toBe(3);
    expect(commentsOf(yaml).filter((text) => /^[a-z]+$/.test(text))).toEqual([
      "one",
      "two",
      "three",
      "four",
      "five",
      "six",
      "seven",
      "eight",
      "nine",
      "ten",
    ]);
    expect(yaml.match(/^ {2}# ---- (a|b) ----$/gm)).toHaveLength(3);
    expect(parseYaml(yaml).problems).toEqual([]);
  });
});
