import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

const MISTAKES: Readonly<Record<string, readonly [text: string, message: string]>> = {
  "suspects without the tier flag": [
    "  - { alert: A, expr: up == 0, rollback: stage, ¦suspects: {} }\n",
    "suspects go with the tier flag, and in the place of flags: remove one of them",
  ],
  "suspects beside flags": [
    "  - { alert: A, expr: up == 0, rollback: flag, flags: [fast_search], ¦suspects: {} }\n",
    "suspects go with the tier flag, and in the place of flags: remove one of them",
  ],
  "suspects of no window": [
    "  - { alert: A, expr: up == 0, rollback: flag, suspects: { window: ¦0s } }\n",
    "must be more than 0",
  ],
  "suspects, none at once": [
    "  - { alert: A, expr: up == 0, rollback: flag, suspects: { atOnce: ¦0 } }\n",
    "must be at least 1",
  ],
  "suspects of a wrong shape": [
    "  - { alert: A, expr: up == 0, rollback: flag, suspects: ¦24h }\n",
    'expected a mapping, found "24h"',
  ],
};

describe("suspects in a policy", () => {
  for (const [mistake, [text, message]] of Object.entries(MISTAKES)) {
    it(`refuse ${mistake}`, () => {
      const { text: written, places } = marked(SMALL + text);
      expect(linesOf(problemsOf(written))).toEqual([`${places[0]} ${message}`]);
    });
  }

  it("are blamed within a day, one at a time, and people are called without any; the alert's own wait is known", () => {
    const { policy } = loadPolicyText(
      `${SMALL}  - { alert: A, expr: up == 0, for: 2m, rollback: flag, suspects: {} }\n`,
      "app.yaml",
    );
    expect(policy?.triggers.get("A")).toEqual({
      alert: "A",
      tier: "flag",
      flags: [],
      suspects: { window: 86_400_000, atOnce: 1, withoutSuspect: "page", pending: 120_000 },
    });
  });
});
