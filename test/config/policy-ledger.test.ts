import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

describe("how much of its past a policy keeps", () => {
  it.each([
    ["next to nothing", "ledger: { keepEvents: ¦999 }\n", "must be 1000 or more"],
    ["more than there is room for", "ledger: { keepEvents: ¦1000001 }\n", "must be 1000000 or less"],
    ["no whole number", "ledger: { keepEvents: ¦1000.5 }\n", "write a whole number"],
    ["less than a day", "ledger: { keepFor: ¦23h }\n", "must be from 1d to 3650d"],
    ["longer than anybody asks", "ledger: { keepFor: ¦11y }\n", "must be from 1d to 3650d"],
    ["a number without a unit", "ledger: { keepFor: ¦400 }\n", "write a duration such as 90s, 5m or 1h30m"],
    [
      "a misspelt key",
      "ledger: { ¦keepEvent: 5000 }\n",
      'unknown key "keepEvent"; did you mean "keepEvents"?',
    ],
  ])("refuses %s", (_, section, message) => {
    const { text, places } = marked(SMALL + section);
    expect(linesOf(problemsOf(text))).toEqual([`${places[0]} ${message}`]);
  });

  it("is what it says, as a duration and a number", () => {
    const { policy } = loadPolicyText(`${SMALL}ledger: { keepFor: 90d, keepEvents: 5000 }\n`, "app.yaml");
    expect(policy?.ledger).toEqual({ keepFor: 90 * 86_400_000, keepEvents: 5_000 });
  });
});
