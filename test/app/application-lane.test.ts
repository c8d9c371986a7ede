import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { ApplicationLane } from "../../src/app/application-lane.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Command } from "../../src/domain/command.ts";
import type { NumberedDecision } from "../../src/domain/decide.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { policyOf } from "../support/policies.ts";
import { storeAt } from "../support/store-with.ts";
import { type CountingStore, gate, startCountingStore } from "./counting-store.ts";

const shop = policyOf({
  flags: [{ key: "cache", phase: 6 }],
  tiers: { phase: { phases: [6], trafficCap: 30 }, "safe-state": { trafficCap: 0 } },
  triggers: [
    { alert: "TestsFail", tier: "phase" },
    { alert: "ErrorsSpike", tier: "safe-state" },
  ],
});

const clock = { now: () => 1_790_000_000_000 };

let counting: CountingStore;
let policy: Policy;
let lane: ApplicationLane;

beforeEach(async () => {
  counting = await startCountingStore();
  policy = shop;
  lane = new ApplicationLane({
    application: "shop",
    store: storeAt(counting.store, clock),
    policy: () => policy,
  });
});

afterEach(() => counting.stop());

function firing(name: string, fingerprint = name): Command {
  const labels = { alertname: name };
  return {
    type: "alert",
    alert: { fingerprint, name, status: "firing", startsAt: 0, application: "shop", job: null, labels },
  };
}

const reasonsOf = (decisions: readonly NumberedDecision[]): (string | null)[] =>
  decisions.map(({ decision }) => decision.reason);

const revisions = async (): Promise<number[]> =>
  (await counting.store.events("shop", { limit: 100 })).map(({ revision }) => revision);

/** Holds the next transaction until `open` is called; `begun` resolves when it is being held. */
function held(): { begun: Promise<void>; open(): void } {
  const { opened, open } = gate();
  const begin = gate();
  counting.before(() => {
    begin.open();
    return opened;
  });
  return { begun: begin.opened, open };
}

describe("what comes at once", () => {
  it("becomes one group", async () => {
    const all = Array.from({ length: 50 }, (_, index) => lane.submit([firing("TestsFail", `f${index}`)]));
    await Promise.all(all);
    expect(counting.transactions()).toBe(1);
    expect(await counting.store.read("shop")).toMatchObject({ revision: 50 });
  });
});

describe("what waits while a group is being committed", () => {
  it("becomes one group, however many waited", async () => {
    const { begun, open } = held();
    const first = lane.submit([firing("TestsFail")]);
    await begun;
    const others = Array.from({ length: 500 }, (_, index) => lane.submit([firing("TestsFail", `f${index}`)]));
    open();
    expect(reasonsOf(await first)).toEqual(["rolled_back"]);
    const decisions = await Promise.all(others);
    expect(new Set(decisions.flatMap(reasonsOf))).toEqual(new Set(["absorbed"]));
    expect(counting.transactions()).toBe(2);
    expect(await counting.store.read("shop")).toMatchObject({ revision: 501 });
  });

  it("is decided in its order, each command seeing the ones before it, and told to whom it belongs", async () => {
    const { begun, open } = held();
    const first = lane.submit([]);
    await begun;
    const pair = lane.submit([firing("TestsFail"), firing("Unheard")]);
    const none = lane.submit([]);
    const three = lane.submit([firing("TestsFail"), firing("ErrorsSpike"), firing("ErrorsSpike")]);
    open();
    expect(await first).toEqual([]);
    expect(reasonsOf(await pair)).toEqual(["rolled_back", "no_trigger"]);
    expect(await none).toEqual([]);
    expect(reasonsOf(await three)).toEqual(["duplicate", "escalated", "duplicate"]);
    expect((await three).map(({ revision }) => revision)).toEqual([null, 2, null]);
    expect(counting.transactions()).toBe(2);
    expect(await revisions()).toEqual([1, 2]);
  });

  it("is cut where it grows too large, but never within a submission", async () => {
    const many = (count: number, name: string): Command[] =>
      Array.from({ length: count }, (_, index) => firing("TestsFail", `${name}${index}`));
    const { begun, open } = held();
    const first = lane.submit([]);
    await begun;
    const waits = [many(1_500, "a"), many(600, "b"), many(3_000, "c"), many(1, "d"), many(1, "e")];
    const all = Promise.all(waits.map((commands) => lane.submit(commands)));
    open();
    expect(await first).toEqual([]);
    expect((await all).map(({ length }) => length)).toEqual([1_500, 600, 3_000, 1, 1]);
    // The first, a, b, c, and the last two together.
    expect(counting.transactions()).toBe(5);
  });
});

describe("a failure", () => {
  it("is that of its group alone, writes nothing, and the lane goes on", async () => {
    const away = new RollguardError("store_unavailable", "away");
    const { begun, open } = held();
    counting.before(() => {
      throw away;
    });
    const first = lane.submit([firing("TestsFail")]);
    await begun;
    const failing = [lane.submit([firing("ErrorsSpike")]), lane.submit([firing("TestsFail", "other")])];
    const settled = Promise.allSettled(failing);
    open();
    expect(reasonsOf(await first)).toEqual(["rolled_back"]);
    expect(await settled).toEqual([
      { status: "rejected", reason: away },
      { status: "rejected", reason: away },
    ]);
    expect(await revisions()).toEqual([1]);
    expect(reasonsOf(await lane.submit([firing("ErrorsSpike")]))).toEqual(["escalated"]);
    expect(counting.transactions()).toBe(3);
  });

  it("does not take along what came while it failed", async () => {
    const { opened, open } = gate();
    const begin = gate();
    counting.before(async () => {
      begin.open();
      await opened;
      throw new RollguardError("lock_timeout", "busy");
    });
    const failing = lane.submit([firing("TestsFail")]);
    await begin.opened;
    const waiting = lane.submit([firing("ErrorsSpike")]);
    const failed = expect(failing).rejects.toMatchObject({ code: "lock_timeout" });
    open();
    await failed;
    expect(reasonsOf(await waiting)).toEqual(["rolled_back"]);
  });
});

describe("a reloaded policy", () => {
  it("counts from the next group, also for what waited when it came", async () => {
    expect(reasonsOf(await lane.submit([firing("TestsFail")]))).toEqual(["rolled_back"]);
    const { begun: isHeld, open } = held();
    const begun = lane.submit([firing("Slow")]);
    await isHeld;
    const waiting = lane.submit([firing("TestsFail", "other")]);
    policy = policyOf({ triggers: [{ alert: "Slow", tier: "emergency" }] });
    open();
    // Decided under the lock, by what is in force then.
    expect(reasonsOf(await begun)).toEqual(["escalated"]);
    expect(reasonsOf(await waiting)).toEqual(["no_trigger"]);
  });

  it("that drops an application refuses its commands, and those alone", async () => {
    const policies = new Policies([shop, policyOf({ application: "bank" })]);
    const lanes = new Lanes({ store: storeAt(counting.store, clock), policies });
    const { open } = held();
    const dropped = expect(lanes.submit("shop", [firing("TestsFail")])).rejects.toMatchObject({
      code: "unknown_application",
    });
    policies.replace([policyOf({ application: "bank" })]);
    open();
    await dropped;
    await expect(lanes.submit("shop", [])).rejects.toMatchObject({ code: "unknown_application" });
    expect(reasonsOf(await lanes.submit("bank", [firing("TestsFail")]))).toEqual(["no_trigger"]);
    expect(await revisions()).toEqual([]);
  });
});

it("applications do not wait for each other", async () => {
  const policies = new Policies([shop, policyOf({ application: "bank" })]);
  const lanes = new Lanes({ store: storeAt(counting.store, clock), policies });
  const { open } = held();
  const waiting = lanes.submit("shop", [firing("TestsFail")]);
  expect(reasonsOf(await lanes.submit("bank", [firing("TestsFail")]))).toEqual(["no_trigger"]);
  open();
  expect(reasonsOf(await waiting)).toEqual(["rolled_back"]);
});
