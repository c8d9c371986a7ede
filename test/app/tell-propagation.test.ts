import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import type { Wave } from "../../src/app/audience.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { TellPropagation } from "../../src/app/tell-propagation.ts";
import { policyOf } from "../support/policies.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { storeAt } from "../support/store-with.ts";
import { recorderOf } from "./recorders.ts";

const START = 1_790_000_000_000;
const shop = policyOf({
  tiers: { phase: { trafficCap: 30 }, "safe-state": { trafficCap: 0 } },
  triggers: [
    { alert: "TestsFail", tier: "phase" },
    { alert: "Errors", tier: "safe-state" },
  ],
});

let directory: TemporaryDirectory;
let store: StateStore;
let lanes: Lanes;
let timed: string[];
let warned: string[];

beforeEach(async () => {
  directory = await temporaryDirectory("propagation");
  store = createEmbeddedStore({
    directory: directory.path,
    observer: { lockWaited() {}, transacted() {}, conflicted() {} },
  });
  lanes = new Lanes({ store: storeAt(store, { now: () => START }), policies: new Policies([shop]) });
  timed = [];
  warned = [];
});

afterEach(async () => {
  await store.close();
  await directory.remove();
});

const responder = (name: string): TellPropagation =>
  new TellPropagation({
    store,
    lanes,
    recorder: recorderOf({ rollbackTook: (phase, took) => void timed.push(`${phase} ${took}`) }),
    logger: { debug() {}, info() {}, error() {}, warn: (_, message) => void warned.push(message) },
    responder: name,
  });

async function fire(name: string): Promise<void> {
  const alert = { fingerprint: name, name, status: "firing" as const, startsAt: START, application: "shop" };
  await lanes.submit("shop", [{ type: "alert", alert: { ...alert, job: null, labels: {} } }]);
}

const wave = (more: Partial<Wave> = {}): Wave => ({
  revision: 1,
  before: 0,
  clients: 6,
  reached: 6,
  elsewhere: 0,
  at: START + 180,
  ...more,
});

async function told(name: string, ...waves: Wave[]): Promise<unknown> {
  const one = responder(name);
  for (const each of waves) {
    one.tell("shop", each);
    await one.stop();
  }
  return (await store.read("shop")).verification?.propagation;
}

const { revision: _r, before: _b, ...seen } = wave();

describe("how a rollback reached the clients of a responder", () => {
  test("is written down for each responder, and timed once where all were reached", async () => {
    await fire("TestsFail");
    await told("a", wave(), wave({ elsewhere: 1 }));
    expect(await told("b", wave({ reached: 5 }))).toEqual([
      { responder: "a", ...seen, elsewhere: 1 },
      { responder: "b", ...seen, reached: 5 },
    ]);
    expect(timed).toEqual(["propagate 180"]);
    expect((await store.read("shop")).revision).toBe(1);
  });

  test("is of its first commit only, also when that came with others", async () => {
    await fire("TestsFail");
    await fire("Errors");
    expect(await told("a", wave({ revision: 2, before: 1 }))).toBeUndefined();
    expect(await told("a", wave({ revision: 2, before: 0 }))).toEqual([{ responder: "a", ...seen }]);
  });

  test("is nothing where no rollback is open, it came before, or nobody listens", async () => {
    expect(await told("a", wave())).toBeUndefined();
    await fire("TestsFail");
    expect(await told("a", wave({ revision: 0, before: 0 }))).toBeUndefined();
    expect(await told("a", wave({ clients: 0, reached: 0, at: null }))).toBeUndefined();
    expect(timed).toEqual([]);
  });

  test("is lost with the store, and said so", async () => {
    await store.close();
    await told("a", wave()).catch(() => undefined);
    expect(warned).toEqual(["propagation is not written down"]);
  });
});
