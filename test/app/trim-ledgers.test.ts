import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { TrimLedgers } from "../../src/app/trim-ledgers.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { StateChange } from "../../src/domain/state.ts";
import { rollbackWith } from "../contract/states.ts";
import { event } from "../contract/works.ts";
import { policyOf } from "../support/policies.ts";
import { type CountingStore, gate, startCountingStore } from "./counting-store.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

let counting: CountingStore;
let now: number;
let log: string[];

beforeEach(async () => {
  counting = await startCountingStore();
  now = 1_790_000_000_000;
  log = [];
});
afterEach(() => counting.stop());

const shopWith = (ledger: Partial<Policy["ledger"]>): Policy => policyOf({ ledger });

function trimming(policies: Policies, store: Partial<StateStore> = {}): TrimLedgers {
  const at = (level: string) => (_fields: object, message: string) => void log.push(`${level}: ${message}`);
  return new TrimLedgers({
    policies,
    store: { ...counting.store, ...store },
    clock: { now: () => now },
    logger: { debug() {}, info: at("info"), warn: at("warn"), error: at("error") },
  });
}

/** One event for each age, in milliseconds before now. */
async function eventsOf(
  ages: readonly number[],
  changes: readonly StateChange[] = [],
  application = "shop",
): Promise<void> {
  const events = ages.map((age) => event("test", now - age));
  await counting.store.transact(application, () => ({ changes, events, messages: [] }));
}

/** Until everybody has had a turn. */
async function turns(trim: TrimLedgers, within = MINUTE): Promise<void> {
  await trim.look();
  now += within;
  await trim.look();
}

const firstOf = async (application = "shop"): Promise<number | null> =>
  (await counting.store.ledger(application)).first;

describe("what is too old, or too much, in a ledger", () => {
  test("leaves it soon after the start, and then every hour", async () => {
    await eventsOf([3 * DAY, 2 * DAY, DAY + HOUR / 2, HOUR, 0]);
    const trim = trimming(new Policies([shopWith({ keepFor: DAY + HOUR })]));
    await turns(trim);
    expect(await firstOf()).toBe(3);
    expect(log).toEqual(["info: the oldest events have left the ledger"]);
    now += HOUR / 2;
    await trim.look();
    expect(await firstOf()).toBe(3);
    now += HOUR / 2;
    await trim.look();
    expect(await firstOf()).toBe(4);
    now += HOUR;
    await trim.look();
    expect(log).toHaveLength(2);
  });

  test("leaves it whichever of the two it is, by the policy that is in force", async () => {
    await eventsOf([0, 0, 0, 0, 0, 0]);
    const policies = new Policies([shopWith({ keepEvents: 5 })]);
    const trim = trimming(policies);
    await turns(trim);
    expect(await firstOf()).toBe(2);
    policies.replace([shopWith({ keepEvents: 2 })]);
    now += HOUR;
    await trim.look();
    expect(await firstOf()).toBe(5);
  });

  test("leaves it in as many goes as it takes", async () => {
    await eventsOf([...Array.from({ length: 2_500 }, () => 2 * DAY), 0, 0]);
    const trim = trimming(new Policies([shopWith({ keepFor: DAY })]));
    await turns(trim);
    expect(await firstOf()).toBe(2_501);
    expect(log).toHaveLength(1);
  });

  test("stays while it is the newest, or of the open rollback", async () => {
    const rollback = { ...rollbackWith("a"), firstRevision: 3 };
    await eventsOf([9 * DAY, 8 * DAY, 7 * DAY, 6 * DAY, 5 * DAY], [{ kind: "rollback", value: rollback }]);
    const trim = trimming(new Policies([shopWith({ keepFor: DAY, keepEvents: 1 })]));
    await turns(trim);
    expect(await firstOf()).toBe(3);
    await eventsOf([4 * DAY], [{ kind: "rollback", value: null }]);
    now += HOUR;
    await trim.look();
    expect(await firstOf()).toBe(6);
  });

  test("is nothing in an application that nothing has happened to", async () => {
    await turns(trimming(new Policies([shopWith({})])));
    expect(await firstOf()).toBeNull();
    expect(log).toEqual([]);
  });
});

describe("the turns of many applications", () => {
  test("are spread, one after the other, each once", async () => {
    const names = Array.from({ length: 60 }, (_, index) => `application-${index}`);
    const asked: string[] = [];
    let atOnce = 0;
    const trim = trimming(new Policies(names.map((application) => policyOf({ application }))), {
      async ledger(application) {
        asked.push(application);
        expect(++atOnce).toBe(1);
        const ledger = await counting.store.ledger(application);
        atOnce -= 1;
        return ledger;
      },
    });
    let most = 0;
    for (let second = 0; second <= 60; second++) {
      const before = asked.length;
      await trim.look();
      most = Math.max(most, asked.length - before);
      now += 1_000;
    }
    expect(asked.toSorted()).toEqual(names.toSorted());
    expect(most).toBeLessThan(20);
  });

  test("go on when one of them fails; that is said once, and tried again", async () => {
    const policies = new Policies([
      policyOf({ application: "bad", ledger: { keepEvents: 1 } }),
      policyOf({ application: "good", ledger: { keepEvents: 1 } }),
    ]);
    await eventsOf([0, 0], [], "bad");
    await eventsOf([0, 0], [], "good");
    let isFull = true;
    const trim = trimming(policies, {
      async trim(application, upTo) {
        if (isFull && application === "bad")
          throw new RollguardError("store_unavailable", "No space left on device");
        return await counting.store.trim(application, upTo);
      },
    });
    await turns(trim);
    for (let round = 0; round < 3; round++) {
      now += 5 * MINUTE;
      await trim.look();
    }
    expect(await firstOf("bad")).toBe(1);
    expect(await firstOf("good")).toBe(2);
    const warnings = log.filter((line) => line.startsWith("warn"));
    expect(warnings).toEqual(["warn: the ledger cannot be trimmed: it grows, and is tried again"]);
    isFull = false;
    now += 5 * MINUTE;
    await trim.look();
    expect(await firstOf("bad")).toBe(2);
    expect(log.at(-1)).toBe("info: the ledger can be trimmed again");
  });
});

test("when it is stopped it ends what is under way, and begins nothing more", async () => {
  await eventsOf(Array.from({ length: 3_000 }, () => 2 * DAY));
  const [inside, go] = [gate(), gate()];
  let trims = 0;
  const trim = trimming(new Policies([shopWith({ keepFor: DAY })]), {
    async trim(application, upTo) {
      trims += 1;
      inside.open();
      await go.opened;
      return await counting.store.trim(application, upTo);
    },
  });
  await trim.look();
  now += MINUTE;
  trim.start();
  await inside.opened;
  let isStopped = false;
  const stopped = trim.stop().then(() => {
    isStopped = true;
  });
  await new Promise((resolve) => setImmediate(resolve));
  expect(isStopped).toBe(false);
  go.open();
  await stopped;
  expect(trims).toBe(1);
  expect(await firstOf()).toBe(1_001);
  await trim.look();
  expect(trims).toBe(1);
});
