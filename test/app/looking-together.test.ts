import { afterEach, describe, expect, test } from "@jest/globals";
import { Deadline } from "../../src/app/deadline.ts";
import { FailingRulesReader, NONE_FAILING } from "../../src/app/gather-evidence/failing-rules.ts";
import { RecordedReader } from "../../src/app/gather-evidence/recorded-reader.ts";
import type { RecordedSource } from "../../src/app/gather-evidence/recorded-source.ts";
import type { LoadedRuleGroup } from "../../src/app/ports.ts";
import { policyFrom } from "../support/generated.ts";
import { criterionOf } from "../support/policies.ts";

const shop = policyFrom(`
scrape: { interval: 15s, timeout: 10s, evaluationInterval: 15s, targets: [] }
metrics: [{ record: errors, expr: vector(0), unit: percent }]
`);
const named = (name: string) => ({ ...shop, application: { ...shop.application, name } });
const many = Array.from({ length: 31 }, (_, index) => named(`app${index}`));

let deadline = new Deadline(1_000);
afterEach(() => {
  deadline.clear();
  deadline = new Deadline(1_000);
});

describe("what is recorded", () => {
  const criteria = [criterionOf("errors", "< 1"), { ...criterionOf("own", "< 1"), expr: "sum(errors)" }];

  /** What the source was asked for, by application and metric, and how young it has to be. */
  function reading(recorded: RecordedSource["recorded"]) {
    const asked: string[] = [];
    const world = { now: 0 };
    const source: RecordedSource = {
      recorded: (of, within) => {
        asked.push(
          `${of.map(({ application, metric }) => `${application} ${metric}`).join(", ")}: ${within}`,
        );
        return recorded(of, within);
      },
    };
    const reader = new RecordedReader(source, () => world.now);
    const read = async (...names: readonly string[]) => {
      const found = await Promise.all(names.map((name) => reader.read(criteria, named(name), deadline)));
      return found.map((each) => Object.fromEntries(each));
    };
    return { asked, world, read };
  }

  const one = { values: [1], nan: 0, warnings: [] };

  test("is asked for together for 5 s, and must be as young then as what is asked for alone", async () => {
    const { asked, world, read } = reading(async (of) => of.map(() => one));
    expect(await read("a", "b")).toEqual([{ errors: one }, { errors: one }]);
    world.now = 30_000;
    expect(await read("a")).toEqual([{ errors: one }]);
    world.now = 34_999;
    expect(await read("b")).toEqual([{ errors: one }]);
    world.now = 60_000;
    await read("b");
    expect(asked).toEqual(Array(3).fill("a errors, b errors: 25000"));
  });

  test("is what there is: the rest, and one application alone, asks for itself", async () => {
    const nan = { values: [], nan: 1, warnings: [] };
    const { asked, read } = reading(async (of) =>
      of.map(({ application }) => (application === "a" ? nan : { values: [], nan: 0, warnings: [] })),
    );
    expect(await read("a")).toEqual([{}]);
    expect(asked).toEqual([]);
    expect(await read("a", "b")).toEqual([{ errors: nan }, {}]);
  });

  test("is nothing where it cannot be had", async () => {
    const { read } = reading(async () => Promise.reject(new Error("no")));
    expect(await read("a", "b")).toEqual([{}, {}]);
  });
});

describe("rules that fail", () => {
  const failing = (group: string, kind: "record" | "alert", name: string): LoadedRuleGroup => ({
    name: group,
    interval: 15_000,
    rules: [
      { kind, name, expr: "", for: 0, labels: {}, failure: "many-to-many" },
      { kind, name: "Sound", expr: "", for: 0, labels: {} },
    ],
  });

  function reading(groups: (names: readonly string[]) => Promise<readonly LoadedRuleGroup[]>) {
    const asked: (readonly string[])[] = [];
    const world = { now: 0 };
    const ruleGroups = (names: readonly string[] = []) => {
      asked.push(names);
      return groups(names);
    };
    return { asked, world, reader: new FailingRulesReader({ ruleGroups }, () => world.now) };
  }

  test("are asked for together, and everybody is told of its own", async () => {
    const { asked, world, reader } = reading(async () => [
      failing("a-rollback", "record", "errors"),
      failing("a-warnings", "alert", "Slow"),
      failing("a", "alert", "Nobodys"),
    ]);
    const both = () => Promise.all(["a", "b"].map((name) => reader.read(named(name), deadline)));
    expect(await both()).toEqual([
      { recording: new Map([["errors", "many-to-many"]]), alerting: new Map([["Slow", "many-to-many"]]) },
      NONE_FAILING,
    ]);
    world.now = 30_000;
    await reader.read(named("a"), deadline);
    // As old as what a rule has recorded may be, and no older.
    world.now = 59_999;
    await reader.read(named("b"), deadline);
    expect(asked).toHaveLength(2);
    expect(asked[1]).toEqual(asked[0]);
    expect(asked[0]).toEqual(expect.arrayContaining(["a-rollback", "b-rollback"]));
    world.now = 60_000;
    await reader.read(named("b"), deadline);
    expect(asked).toHaveLength(3);
  });

  test("are all asked for where the names would be too many for an address", async () => {
    const { asked, reader } = reading(async () => [failing("app7-rollback", "alert", "Slow")]);
    const all = await Promise.all(many.map((each) => reader.read(each, deadline)));
    expect(asked).toEqual([[]]);
    expect(all.flatMap(({ alerting }, index) => (alerting.size > 0 ? [index] : []))).toEqual([7]);
  });

  test("are none where it cannot be had, and the next one asks again", async () => {
    let fails = true;
    const { asked, world, reader } = reading(async () => {
      if (fails) throw new Error("no");
      return [failing("b-rollback", "alert", "Slow")];
    });
    const readBy = (name: string) => reader.read(named(name), deadline);
    expect(await Promise.all(["a", "b"].map(readBy))).toEqual([NONE_FAILING, NONE_FAILING]);
    world.now = 30_000;
    expect(await readBy("a")).toEqual(NONE_FAILING);
    fails = false;
    expect((await readBy("b")).alerting.size).toBe(1);
    expect(asked.map((names) => names.filter((name) => name.endsWith("-rollback")))).toEqual([
      ["a-rollback", "b-rollback"],
      ["a-rollback", "b-rollback"],
      ["b-rollback"],
    ]);
  });
});
