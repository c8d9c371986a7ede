import { describe, expect, it } from "@jest/globals";
import { FlagdCore, MemoryStorage } from "@openfeature/flagd-core";
import { flagdDocument } from "../../../src/adapters/flagd/flagd-document.ts";
import { readFlagd } from "../../../src/adapters/flagd/read-flagd.ts";
import { describeApplication } from "../../../src/app/describe-application.ts";
import { TARGETING_KEY_MISSING } from "../../../src/domain/evaluate.ts";
import { withOverrides } from "../../../src/domain/override.ts";
import { ask } from "../../support/ask-flag.ts";
import { policyOf } from "../../support/policies.ts";
import { OFF, on } from "../../support/policies-rollout.ts";
import { RolloutSimulator } from "../../support/rollout-simulator.ts";

const policy = policyOf({
  flags: [
    { key: "everybody", ...on() },
    { key: "nobody", ...on(0) },
    { key: "disabled", enabled: false, rolloutPercentage: 70 },
    { key: "tenth", ...on(10) },
    { key: "half", ...on(50) },
    { key: "few", ...on(0.25) },
    { key: "most", ...on(99.75) },
    { key: "parent", ...OFF },
    { key: "child", parent: "parent", ...on(60) },
    { key: "forced", ...on(30) },
    { key: "__proto__", ...on(25) },
    { key: "read_only", kind: "operational", ...OFF },
    { key: "shutdown", kind: "kill-switch", ...OFF },
  ],
});
const overridden = withOverrides(policy, new Map([["forced", true]]));

const QUIET = {
  error: () => undefined,
  warn: () => undefined,
  info: () => undefined,
  debug: () => undefined,
};

/** flagd's own evaluator, holding what we export; it checks that against flagd's schemas. */
function flagdWith(app: RolloutSimulator): FlagdCore {
  const { application, revision, flags } = describeApplication(app.policy, app.state, app.now);
  const storage = new MemoryStorage(QUIET);
  const core = new FlagdCore(storage, QUIET);
  storage.setConfigurations(JSON.stringify(flagdDocument(application, revision, flags)), true);
  return core;
}

/** The share of so many people who get true; whatever cannot be evaluated throws. */
function shareIn(core: FlagdCore, key: string, people = 20_000): number {
  let met = 0;
  for (let person = 0; person < people; person++) {
    // The default is the other one each time: what answers with it shows.
    const answer = core.resolveBooleanEvaluation(key, person % 2 === 0, { targetingKey: `user-${person}` });
    if (answer.errorCode !== undefined || answer.reason === "DISABLED")
      throw new Error(JSON.stringify(answer));
    if (answer.value) met++;
  }
  return (met / people) * 100;
}

function* ids(count: number): Generator<string> {
  for (let id = 0; id < count; id++)
    yield [
      `${id}`,
      `user-${id}`,
      `7f3c${id.toString(16).padStart(4, "0")}-5f4e-4a7e`,
      `ada+${id}@shop.example`,
    ][id % 4] as string;
}

/** Whether flagd and we give somebody different values. */
function differs(core: FlagdCore, key: string, user: string): boolean {
  const ours = ask(overridden.flags, key, { user });
  if (ours === TARGETING_KEY_MISSING) throw new Error(`${user} is nobody`);
  return ours.value !== core.resolveBooleanEvaluation(key, false, { targetingKey: user }).value;
}

describe("what is exported, in flagd", () => {
  const app = new RolloutSimulator({ policy: overridden });
  const core = flagdWith(app);

  it.each([
    ["everybody", 100],
    ["forced", 100],
    ["traffic", 100],
    ["nobody", 0],
    ["disabled", 0],
    ["parent", 0],
    ["child", 0],
    ["read_only", 0],
    ["shutdown", 0],
  ])("%s is met by %d %% of people", (key, share) => {
    expect(shareIn(core, key, 1_000)).toBe(share);
  });

  it.each([
    ["tenth", 10],
    ["half", 50],
    ["few", 0.25],
    ["most", 99.75],
    ["__proto__", 25],
  ])("%s is met by about %d %% of people, and always by the same ones", (key, share) => {
    // Four standard deviations of so many throws.
    const off = 4 * Math.sqrt((share * (100 - share)) / 20_000);
    expect(Math.abs(shareIn(core, key) - share)).toBeLessThan(off);
    expect(shareIn(core, key, 500)).toBe(shareIn(core, key, 500));
  });

  it.each(["tenth", "half", "few", "most", "__proto__"])(
    "%s is met by the people whom we give it to",
    (key) => {
      // Ids as they are: numbers, UUIDs, addresses; and what a language may take for nothing.
      const users = [...ids(5_000), "0", " ", "null", "false"];
      expect(users.filter((user) => differs(core, key, user))).toEqual([]);
    },
  );

  it("an id that is not ASCII is on the side of another one in JavaScript: imurmurhash takes UTF-16 for bytes", () => {
    const users = [...ids(500)].map((user) => `${user}é`);
    expect(users.filter((user) => differs(core, "half", user))).not.toEqual([]);
  });

  it.each([{}, { targetingKey: "" }])(
    "whoever is %j meets what everybody meets, and nothing else",
    (context) => {
      for (const byDefault of [true, false]) {
        expect(core.resolveBooleanEvaluation("most", byDefault, context).value).toBe(false);
        expect(core.resolveBooleanEvaluation("everybody", byDefault, context).value).toBe(true);
      }
    },
  );

  it("has every flag, and says of which application and revision it is", () => {
    expect([...core.getFlags().keys()]).toEqual([...policy.flags.keys()]);
    expect(core.getFlagSetMetadata()).toEqual({ flagSetId: "shop", version: "0" });
  });

  it("with the kill switch on is off, but for what is protected", () => {
    const killed = new RolloutSimulator({ policy: policyOf({ flags: [...policy.flags.values()] }) });
    killed.take({ type: "shutdown", on: true, actor: "mia", reason: "drill", expected: null });
    const off = flagdWith(killed);
    const met = [...policy.flags.keys()].filter((key) => shareIn(off, key, 200) > 0);
    expect(met).toEqual(["shutdown"]);
  });
});

it("what is exported is read again as what people met", () => {
  const app = new RolloutSimulator({ policy: overridden });
  const { application, revision, flags } = describeApplication(app.policy, app.state, app.now);
  const text = JSON.stringify(flagdDocument(application, revision, flags));
  const { flags: read, problems } = readFlagd(JSON.parse(text));
  expect(problems).toEqual([]);
  expect([...read]).toEqual(
    flags.map(({ key, exposure }) => [
      key,
      exposure === 0 ? { enabled: false } : { enabled: true, rolloutPercentage: exposure },
    ]),
  );
});
