import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { stringify } from "yaml";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { walks } from "../support/walks.ts";
import { SMALL } from "./marked-policy.ts";

const KEYS = [
  ...["application", "name", "trafficFlag", "flags", "alerts", "alert", "expr", "for", "rollback", "limits"],
  ...["traffic", "limit", "tiers", "phase", "phases", "safe-state", "plans", "stages", "bake", "checkEvery"],
  ...[
    "gates",
    "criteria",
    "green",
    "red",
    "extends",
    "parent",
    "kind",
    "custom",
    "metrics",
    "record",
    "labels",
  ],
  ...["notifications", "routes", "on", "constructor", "toString", "hasOwnProperty", "0", ""],
];

/** Either a policy or at least one problem, each at a place that is in the text. */
function expectAnswer(text: string): void {
  const { policy, problems } = loadPolicyText(text, "fuzz.yaml");
  expect(policy === null).toBe(problems.length > 0);
  const lines = text.split("\n");
  for (const { line, column, message } of problems) {
    expect(message).not.toBe("");
    expect(line).toBeGreaterThanOrEqual(1);
    expect(line).toBeLessThanOrEqual(lines.length);
    expect(column).toBeGreaterThanOrEqual(1);
    expect(column).toBeLessThanOrEqual((lines[line - 1] ?? "").length + 1);
  }
}

describe("whatever the text", () => {
  it("gets an answer for any text", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 200 }), expectAnswer), walks(300));
  });

  it("gets an answer for any data", () => {
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { maxDepth: 5 },
        fc.constantFrom("stage", "flag", "a", "5m", "> 1", "$limit", null, true, 0, 50, 100, -1, 1e300),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom(...KEYS), tie("value"), { maxKeys: 5 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...KEYS), value), (data) => expectAnswer(stringify(data))),
      walks(500),
    );
  });

  for (const [name, policy] of Object.entries({
    SMALL,
    genesis: readFileSync("rules/genesis.yaml", "utf8"),
  })) {
    it(`gets an answer for ${name} with a piece cut out, doubled or replaced`, () => {
      const edit = fc.record({
        at: fc.nat(policy.length),
        length: fc.nat(40),
        by: fc.oneof(fc.constantFrom("", "{", "*a", "&a", ": ", "\n", "'", "- ", "5", "~"), fc.string()),
      });
      fc.assert(
        fc.property(fc.array(edit, { minLength: 1, maxLength: 3 }), (edits) => {
          let text = policy;
          for (const { at, length, by } of edits) text = text.slice(0, at) + by + text.slice(at + length);
          expectAnswer(text);
        }),
        walks(name === "SMALL" ? 300 : 60),
      );
    });
  }
});
