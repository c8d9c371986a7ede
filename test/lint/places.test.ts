import { describe, expect, it } from "@jest/globals";
import { marked } from "../config/marked-policy.ts";
import { GOOD, lintText } from "./lint-text.ts";

/** What the caret of the only error stands under, and where: a mark stands before it. */
async function pointed(
  expr: string,
): Promise<{ places: readonly string[]; found: string[]; parts: string[] }> {
  const { text, places } = marked(GOOD.replace("expr: error_rate > 1\n", `expr: ${expr}\n`));
  const problems = (await lintText(text)).filter(({ severity }) => severity === "error");
  return {
    places,
    found: problems.map(({ line, column }) => `${line}:${column}`),
    parts: problems.map(({ line, column, endColumn }) =>
      (text.split("\n")[line - 1] ?? "").slice(column - 1, endColumn - 1),
    ),
  };
}

describe("the place of a mistake in an expression", () => {
  const cases: Record<string, string> = {
    "in plain text": "error_rate > ¦sun(1)",
    "in plain text over lines": "error_rate\n      > ¦sun(1)",
    "in double quotes": '"error_rate{a=\\"b\\"} > ¦sun(1)"',
    "in double quotes over lines": '"error_rate\n      >\n\n      ¦sun(1)"',
    "in single quotes": "'error_rate{a=''b''} > ¦sun(1)'",
    "in a literal block": "|\n      # why\n      error_rate\n        > ¦sun(1)",
    "in a folded block": ">-\n      error_rate\n      > ¦sun(1)\n\n      + 1",
    "in a block with an indentation of its own": "|2-\n      error_rate > ¦sun(1)",
  };
  for (const [what, expr] of Object.entries(cases)) {
    it(`is exact ${what}`, async () => {
      const { places, found, parts } = await pointed(expr);
      expect(found).toEqual(places);
      expect(parts).toEqual(["sun"]);
    });
  }

  it("is that of the entry for an expression behind an alias", async () => {
    const text = GOOD.replace("metrics:", "# an anchor elsewhere\nmetrics:")
      .replace("expr: errors,", 'expr: &bad "err ors",')
      .replace("expr: error_rate > 1", "expr: *bad");
    const problems = (await lintText(text)).filter(({ check }) => check === "promql/syntax");
    expect(problems.map(({ line, column }) => `${line}:${column}`)).toEqual(["6:43", "9:11"]);
  });
});

describe("promtool", () => {
  it("is asked too, and its words are told at the same kind of place", async () => {
    const text = GOOD.replace("summary: Errors,", 'summary: "{{ if $value }}Errors",');
    expect(await lintText(text, true)).toMatchObject([
      { check: "promtool/rules", line: 12, message: "promtool: unexpected EOF" },
    ]);
  });
});
