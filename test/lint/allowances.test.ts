import { describe, expect, it } from "@jest/globals";
import { GOOD, lintText, placesOf } from "./lint-text.ts";

const AT_ONCE = GOOD.replace("for: 1m", "for: 0s");

async function places(text: string): Promise<string[]> {
  return placesOf(await lintText(text));
}

describe("a comment that allows something", () => {
  it("is needed", async () => expect(await places(AT_ONCE)).toEqual(["9:10 alerts/for"]));

  const comment = "# rollguard: allow alerts/for because one failure is enough";
  const good: Record<string, string> = {
    "above the key": AT_ONCE.replace("    for: 0s", `    ${comment}\n    for: 0s`),
    "above the key, with others": AT_ONCE.replace("    for: 0s", `    ${comment}\n    # so\n\n    for: 0s`),
    "beside the key": AT_ONCE.replace("for: 0s", `for: 0s ${comment}`),
    "above the alert": AT_ONCE.replace("  - alert: ErrorsSpike", `  ${comment}\n  - alert: ErrorsSpike`),
    "above the section": AT_ONCE.replace("alerts:", `${comment}\nalerts:`),
  };
  for (const [where, text] of Object.entries(good))
    it(`holds ${where}`, async () => expect(await places(text)).toEqual([]));

  it("names several checks", async () => {
    const text = AT_ONCE.replace("summary: Errors, ", "").replace(
      "  - alert: ErrorsSpike",
      `  ${comment.replace("alerts/for", "alerts/for, alerts/summary")}\n  - alert: ErrorsSpike`,
    );
    expect(await places(text)).toEqual([]);
  });

  const bad: Record<string, [string, ...string[]]> = {
    "at another entry": [
      AT_ONCE.replace("  - alert: ErrorRateAbsent", `  ${comment}\n  - alert: ErrorRateAbsent`),
      "9:10 alerts/for",
      "13:3 lint/allow",
    ],
    "without a reason": [
      AT_ONCE.replace("for: 0s", "for: 0s # rollguard: allow alerts/for"),
      "9:10 alerts/for",
      "9:13 lint/allow",
    ],
    "with a check that there is not": [
      AT_ONCE.replace("for: 0s", `for: 0s ${comment.replace("alerts/for", "alerts/fro")}`),
      "9:10 alerts/for",
      "9:13 lint/allow",
    ],
    "of what cannot be allowed": [
      GOOD.replace("rollback:", "rolback:").replace(
        "  - alert: ErrorsSpike",
        `  ${comment.replace("alerts/for", "policy/unknown-key")}\n  - alert: ErrorsSpike`,
      ),
      "7:3 lint/allow",
      "11:5 policy/unknown-key",
    ],
    "inside an expression": [
      AT_ONCE.replace("expr: error_rate > 1", `expr: |\n      ${comment}\n      error_rate > 1`),
      "11:10 alerts/for",
    ],
  };
  for (const [what, [text, ...expected]] of Object.entries(bad))
    it(`does not hold ${what}`, async () => expect(await places(text)).toEqual(expected));

  it("is told when it has become superfluous", async () => {
    const problems = await lintText(GOOD.replace("for: 1m", `for: 1m ${comment}`));
    expect(problems).toMatchObject([
      { check: "lint/allow", severity: "warning", message: "alerts/for finds nothing here" },
    ]);
  });
});
