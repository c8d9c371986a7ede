import { describe, expect, it } from "@jest/globals";
import { parseTokens } from "../../src/config/tokens.ts";

const A = "a".repeat(64);
const B = "0123456789abcdef".repeat(4);

describe("a tokens file", () => {
  it("has a role, a name and a digest on each line; comments and empty lines are passed over", () => {
    const text = `# people\r\n\r\n  viewer  ada@example.org\t${A}  \r\noperator on-call_1.b ${B}\r\nclient web ${A}`;
    expect(parseTokens(text)).toEqual({
      entries: [
        { role: "viewer", name: "ada@example.org", sha256: A },
        { role: "operator", name: "on-call_1.b", sha256: B },
        { role: "client", name: "web", sha256: A },
      ],
      problems: [],
    });
  });

  it("may be empty", () => {
    expect(parseTokens("")).toEqual({ entries: [], problems: [] });
  });

  it.each([
    ["another role", `webhook ada ${A}`],
    ["no name", `viewer ${A}`],
    ["a name with a space", `viewer ada lovelace ${A}`],
    ["a token instead of its digest", "viewer ada hunter2"],
    ["a digest in capitals", `viewer ada ${A.toUpperCase()}`],
    ["a digest that is too short", `viewer ada ${A.slice(1)}`],
    ["a comment behind an entry", `viewer ada ${A} # she left`],
  ])("with %s is wrong, and the other lines count", (_what, line) => {
    const { entries, problems } = parseTokens(`viewer grace ${B}\n\n${line}\n`);
    expect(entries).toEqual([{ role: "viewer", name: "grace", sha256: B }]);
    expect(problems).toEqual([
      expect.stringMatching(/^line 3: expected "client\|viewer\|operator <name> <sha256/),
    ]);
    expect(problems.join()).not.toContain("hunter2");
  });
});
