import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

/** Each: what is wrong, the flag's keys, the message at the mark. */
const MISTAKES: Readonly<Record<string, readonly [keys: string, message: string]>> = {
  "a rule that tests nothing": [
    "targeting: { rules: [¦{ attribute: plan }] }",
    'say what "plan" has to be: one of in, notIn, prefix, semverAtLeast',
  ],
  "a rule of two tests": [
    "targeting: { rules: [¦{ attribute: plan, in: [a], prefix: [b] }] }",
    "in and prefix: a rule has one of them; write two rules",
  ],
  "a version that is none": [
    "targeting: { rules: [{ attribute: v, semverAtLeast: ¦latest }] }",
    'write a version such as "2.3.0"',
  ],
  "a test of nothing": ["targeting: { rules: [{ attribute: v, in: ¦[] }] }", "name at least one"],
  "a user without a name": ['targeting: { users: [¦""] }', "must not be empty"],
  "a key of targeting that is none": [
    "targeting: { ¦user: [a] }",
    'unknown key "user"; did you mean "users"?',
  ],
  "a ramp of one point": [
    "ramp: { points: ¦[{ at: 2026-12-01T09:00:00Z, percentage: 1 }] }",
    "a ramp needs two points at least",
  ],
  "a time without a zone": [
    "ramp: { points: [{ at: ¦2026-12-01T09:00:00, percentage: 1 }, { at: 2026-12-02T09:00:00Z, percentage: 2 }] }",
    '"2026-12-01T09:00:00" is no time; write one with its zone, such as 2026-12-01T09:00:00Z',
  ],
  "a day that is none": [
    "ramp: { points: [{ at: ¦2026-13-01T09:00:00Z, percentage: 1 }, { at: 2026-12-02T09:00:00Z, percentage: 2 }] }",
    '"2026-13-01T09:00:00Z" is no time; write one with its zone, such as 2026-12-01T09:00:00Z',
  ],
  "a ramp that goes back": [
    "ramp: { points: [{ at: 2026-12-02T09:00:00Z, percentage: 1 }, { at: ¦2026-12-02T10:00:00+01:00, percentage: 2 }] }",
    "must be later than the point before it",
  ],
  "a ramp of an operational switch": [
    "kind: operational, ¦ramp: { points: [{ at: 2026-12-01T09:00:00Z, percentage: 1 }, { at: 2026-12-02T09:00:00Z, percentage: 2 }] }",
    "an operational switch has no ramp",
  ],
};

function flag(keys: string): string {
  return SMALL.replace("flags:\n", `flags:\n  probe: { ${keys} }\n`);
}

describe("targeting and ramps in a policy", () => {
  for (const [mistake, [keys, message]] of Object.entries(MISTAKES)) {
    it(`refuse ${mistake}`, () => {
      const { text, places } = marked(flag(keys));
      expect(linesOf(problemsOf(text))).toEqual([`${places[0]} ${message}`]);
    });
  }

  it("refuse a ramp of the traffic flag, and targeting of the kill switch", () => {
    const ramp =
      "ramp: { points: [{ at: 2026-12-01T09:00:00Z, percentage: 1 }, { at: 2026-12-02T09:00:00Z, percentage: 2 }] }";
    const text = SMALL.replace("phase: 1 }", `phase: 1, ¦${ramp} }`).replace(
      "kind: kill-switch }",
      "kind: kill-switch, ¦targeting: { users: [ada] } }",
    );
    const found = marked(text);
    expect(linesOf(problemsOf(found.text))).toEqual([
      `${found.places[0]} the traffic flag is moved by plans, under gates: no ramp may move it`,
      `${found.places[1]} the kill switch is for everybody`,
    ]);
  });

  it("become what evaluation goes by", () => {
    const { policy } = loadPolicyText(
      flag(
        `enabled: true, safeValue: true, targeting: { users: [ada], regions: [eu], rules: [{ attribute: a, in: [1, x] }, { attribute: b, notIn: [true], serve: off }, { attribute: c, prefix: [p] }, { attribute: d, semverAtLeast: "2.3" }] }, ramp: { shape: steps, points: [{ at: 2026-12-01T09:00:00Z, percentage: 1 }, { at: 2026-12-02T09:00:00+01:00, percentage: 2.5 }] }`,
      ),
      "shop.yaml",
    );
    expect(policy?.flags.get("probe")).toMatchObject({
      safeValue: true,
      targeting: {
        users: new Set(["ada"]),
        regions: new Set(["eu"]),
        rules: [
          { attribute: "a", test: { kind: "in", values: new Set([1, "x"]) }, serve: true },
          { attribute: "b", test: { kind: "notIn", values: new Set([true]) }, serve: false },
          { attribute: "c", test: { kind: "prefix", prefixes: ["p"] }, serve: true },
          {
            attribute: "d",
            test: { kind: "semverAtLeast", version: { numbers: [2, 3, 0], pre: [] } },
            serve: true,
          },
        ],
      },
      ramp: {
        shape: "steps",
        points: [
          { at: Date.UTC(2026, 11, 1, 9), percentage: 1 },
          { at: Date.UTC(2026, 11, 2, 8), percentage: 2.5 },
        ],
      },
    });
    expect(policy?.flags.get("audit_log")).toMatchObject({ targeting: null, ramp: null, safeValue: true });
    expect(policy?.flags.get("fast_search")).toMatchObject({ safeValue: false });
    expect(policy?.serving).toEqual({ maxStale: 3_600_000 });
  });
});
