import { describe, expect, it } from "@jest/globals";
import { FlagdCore } from "@openfeature/flagd-core";
import fc from "fast-check";
import { readFlagd } from "../../../src/adapters/flagd/read-flagd.ts";
import { walks } from "../../support/walks.ts";

const flag = (more: object = {}): object => ({
  state: "ENABLED",
  variants: { on: true, off: false },
  defaultVariant: "off",
  ...more,
});
const split = (...fractional: unknown[]): object => flag({ targeting: { fractional } });
/** As `flags export` writes a percentage. */
const exported = (...buckets: unknown[]): unknown[] => [
  { var: "targetingKey" },
  { fractional: [{ cat: [{ var: "$flagd.flagKey" }, ":", { var: "targetingKey" }] }, ...buckets] },
  "off",
];
const readOne = (definition: unknown): unknown => {
  const { flags, problems } = readFlagd({ flags: { cache: definition } });
  return problems.length > 0
    ? problems.map(({ path, message }) => `${path.join(".")}: ${message}`)
    : flags.get("cache");
};
const at = (rolloutPercentage: number): object => ({ enabled: true, rolloutPercentage });
const OFF = { enabled: false };

describe("a flag of flagd", () => {
  it.each([
    ["on", flag({ defaultVariant: "on" }), at(100)],
    ["off", flag(), OFF],
    ["disabled", flag({ state: "DISABLED", defaultVariant: "on" }), OFF],
    ["of other names", { ...flag(), variants: { yes: true, no: false }, defaultVariant: "yes" }, at(100)],
    ["with an empty rule", flag({ defaultVariant: "on", targeting: {} }), at(100)],
    ["without a rule", flag({ targeting: null }), OFF],
    ["with metadata", flag({ metadata: { team: "search" } }), OFF],
    ["split", split(["on", 25], ["off", 75]), at(25)],
    ["split the other way round", split(["off", 75], ["on", 25]), at(25)],
    ["split into three", split(["on", 1], ["off", 2], ["on", 1]), at(50)],
    ["split finely", split(["on", 5], ["off", 9_995]), at(0.05)],
    ["split without weights", split(["on"], ["off"]), at(50)],
    [
      "split by variants of booleans",
      {
        ...flag({ variants: { true: true, false: false }, defaultVariant: "false" }),
        targeting: {
          fractional: [
            [true, 10],
            [false, 90],
          ],
        },
      },
      at(10),
    ],
    ["split for nobody", split(["on", 0], ["off", 100]), OFF],
    ["split for everybody", split(["on", 1]), at(100)],
    ["split by the targeting key", split({ var: "targetingKey" }, ["on", 1], ["off", 1]), at(50)],
    [
      "split as the documents of flagd do",
      split({ cat: [{ var: "$flagd.flagKey" }, { var: "targetingKey" }] }, ["on", 1], ["off", 1]),
      at(50),
    ],
    ["split as we export it", flag({ targeting: { if: exported(["on", 1], ["off", 3]) } }), at(25)],
  ])("%s is read", (_, definition, setting) => {
    expect(readOne(definition)).toEqual(setting);
  });

  it.each([
    [7, ["flags.cache: expected a flag"]],
    [
      {},
      [/flags\.cache\.state: expected "ENABLED" or "DISABLED"/, /flags\.cache\.variants: expected variants/],
    ],
    [{ ...flag(), variants: { a: "red" } }, [/variants\.a: expected true or false: only flags of booleans/]],
    [flag({ defaultVariant: null }), [/defaultVariant: missing: the application's own default would decide/]],
    [flag({ defaultVariant: "maybe" }), [/defaultVariant: "maybe" is none of the variants/]],
    [flag({ defaultVariant: "toString" }), [/"toString" is none of the variants/]],
    [flag({ defaultVariant: 1 }), [/defaultVariant: expected the name of a variant/]],
    [flag({ targeting: "x" }), [/targeting: expected a rule/]],
    [flag({ targeting: { if: [true, "on"] } }), [/^flags\.cache\.targeting: "if": rules are not read/]],
    [flag({ targeting: { if: [...exported(["on", 1]).slice(0, 2), "on"] } }), [/"if": rules are not read/]],
    [
      flag({ targeting: { if: [{ var: "region" }, ...exported(["on", 1]).slice(1)] } }),
      [/"if": rules are not/],
    ],
    [flag({ targeting: { if: [{ var: "targetingKey" }, { in: [] }, "off"] } }), [/"if": rules are not read/]],
    [flag({ targeting: { if: [{ var: "targetingKey" }, null, "off"] } }), [/"if": rules are not read/]],
    [
      { ...flag({ targeting: { if: exported(["on", 1]) } }), variants: { on: true, off: true } },
      [/"if": rules are not read/],
    ],
    [
      flag({ targeting: { if: exported(["on", 1], ["off", 2]) } }),
      [/targeting\.if\.1\.fractional: 1 of 3 is no percentage/],
    ],
    [flag({ targeting: { fractional: [["on"]], if: [] } }), [/"fractional", "if": rules are not read/]],
    [flag({ targeting: { $ref: "beta" } }), [/"\$ref": rules are not read/]],
    [flag({ targeting: { fractional: {} } }), [/targeting\.fractional: expected a list/]],
    [
      split({ var: "email" }, ["on", 1]),
      [/fractional\.0: it splits by something else than the targeting key/],
    ],
    [split("on", ["on", 1]), [/fractional\.0: it splits by something else/]],
    [split(), [/fractional: the weights add up to 0/]],
    [split(["on", 0]), [/fractional: the weights add up to 0/]],
    [split(["on", 2 ** 31]), [/add up to 2147483648/]],
    [split(["on", 1], ["off", 2]), [/fractional: 1 of 3 is no percentage with at most two decimals/]],
    [split(["on", 1], ["off", 99_999]), [/1 of 100000 is no percentage/]],
    [split(["on", 1], ["red", 2]), [/fractional\.1: "red" is none of the variants/]],
    [split(["on", 1], ["constructor", 2]), [/"constructor" is none of the variants/]],
    [split(["on", 1], 7), [/fractional\.1: expected a variant and its weight/]],
    [split(["on", 1, 2]), [/fractional\.0: expected a variant and its weight/]],
    [split([]), [/fractional\.0: expected a variant and its weight/]],
    [split([null, 1]), [/expected the name of a variant: rules are not read/]],
    [split([{ if: [] }, 1]), [/expected the name of a variant/]],
    [split({ var: "targetingKey" }, ["on", 0.5]), [/fractional\.1: expected a whole number as weight/]],
    [split(["on", -1]), [/expected a whole number/]],
    [split(["on", { "-": [1, 2] }]), [/expected a whole number as weight: rules are not read/]],
  ])("is refused, with its place: %j", (definition, told) => {
    expect(readOne(definition)).toEqual(
      told.map((text) => (typeof text === "string" ? text : expect.stringMatching(text))),
    );
  });

  it("that is read is met in flagd by as many", () => {
    const weight = fc.integer({ min: 0, max: 60 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.constantFrom("on", "off"), weight), { minLength: 1 }), (buckets) => {
        const file = { flags: { cache: split(...buckets) } };
        const setting = readFlagd(file).flags.get("cache");
        if (setting === undefined) return;
        const core = new FlagdCore();
        core.setConfigurations(JSON.stringify(file));
        let met = 0;
        for (let person = 0; person < 500; person++)
          if (core.resolveBooleanEvaluation("cache", false, { targetingKey: `${person}` }).value) met++;
        const share = setting.enabled ? setting.rolloutPercentage : 0;
        // Six standard deviations and one of a hundred: it is looked at a hundred times, and few people are no bell.
        expect(Math.abs(met / 5 - share)).toBeLessThanOrEqual(
          1 + 6 * Math.sqrt((share * (100 - share)) / 500),
        );
      }),
      walks(100),
    );
  });
});

describe("a file of flagd", () => {
  it.each([[null], [7], [[]], [{}], [{ flags: null }], [{ flags: "x" }]])(
    "is told apart from anything else: %j",
    (value) => {
      expect(readFlagd(value).problems).toEqual([
        { path: ["flags"], message: "expected flagd's flag definitions: a mapping from key to flag" },
      ]);
    },
  );

  it("has flags, as a mapping", () => {
    expect(readFlagd({ flags: [] }).problems[0]?.message).toMatch("a list of flags is not read");
    expect(readFlagd({ flags: {} }).problems[0]?.message).toBe("there is no flag in it");
  });

  it("tells all that is wrong, of each flag", () => {
    const { flags, problems } = readFlagd({ flags: { a: 1, b: flag(), c: { ...flag(), state: "on" } } });
    expect([...flags.keys()]).toEqual(["b"]);
    expect(problems.map(({ path }) => path)).toEqual([
      ["flags", "a"],
      ["flags", "c", "state"],
    ]);
  });
});
