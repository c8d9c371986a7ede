import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { walks } from "../support/walks.ts";
import { GOOD, lintText } from "./lint-text.ts";

const POLICY = `${GOOD}gates:
  standard: { criteria: { error_rate: { green: "< 0.1", red: "> 1" } } }
notifications:
  routes:
    - { on: [warning, safe-state, blind], slack: true, pagerduty: critical, email: now }
  email: { to: [sre@shop.example] }
`;

/** Parts of a policy, and what may stand in the wrong place. */
const WORDS = [
  ...["metrics", "record", "expr", "alerts", "alert", "rollback", "labels", "annotations", "notifications"],
  ...["routes", "on", "gates", "criteria", "green", "red", "email", "to", "scrape", "application", "name"],
  ...["{{ $vaule }}", "{{", "$limit", "sum(", "5m", "~", "[]", "{}", "- ", ": ", "\n", "&a", "*a", '"', "0"],
];

/** Every problem stands somewhere in the file, and says something. */
async function expectAnswer(text: string): Promise<void> {
  const lines = text.split("\n");
  for (const { line, column, endLine, message, advice } of await lintText(text)) {
    expect(message).not.toBe("");
    expect(advice).not.toBe("");
    expect(line).toBeGreaterThanOrEqual(1);
    expect(endLine).toBeLessThanOrEqual(lines.length);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
  }
}

describe("lint has an answer, whatever is wrong with a policy", () => {
  it("when words of it are others", async () => {
    const places = [...POLICY.matchAll(/[\w-]+/g)];
    const edit = fc.tuple(fc.constantFrom(...places), fc.constantFrom(...WORDS));
    await fc.assert(
      fc.asyncProperty(fc.array(edit, { minLength: 1, maxLength: 4 }), async (edits) => {
        let text = POLICY;
        for (const [{ 0: word, index }, by] of edits.sort(([a], [b]) => b.index - a.index))
          text = text.slice(0, index) + by + text.slice(index + word.length);
        await expectAnswer(text);
      }),
      walks(400),
    );
  }, 60_000);

  it("when lines of it are missing, or are there twice", async () => {
    const lines = POLICY.split("\n");
    const counts = fc.array(fc.constantFrom(0, 1, 1, 1, 1, 2), {
      minLength: lines.length,
      maxLength: lines.length,
    });
    await fc.assert(
      fc.asyncProperty(counts, (times) =>
        expectAnswer(lines.flatMap((line, index) => Array<string>(times[index] ?? 1).fill(line)).join("\n")),
      ),
      walks(300),
    );
  }, 60_000);
});
