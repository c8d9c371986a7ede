import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { Ticker } from "../../src/app/ticker.ts";
import type { OperatorCommand } from "../../src/domain/command.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import type { Plan } from "../../src/domain/plan.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { statusOf } from "../../src/domain/rollout.ts";
import { policyOf } from "../support/policies.ts";
import { storeAt } from "../support/store-with.ts";
import { until } from "../support/until.ts";
import { type CountingStore, gate, startCountingStore } from "./counting-store.ts";
import { isCounted, recorderOf } from "./recorders.ts";

const plan: Plan = {
  name: "quick",
  description: "",
  stepEvery: null,
  dangerous: false,
  stages: [10, 100].map((traffic) => ({
    name: `to ${traffic} %`,
    traffic,
    flags: new Map(),
    bake: 400,
    checkEvery: 200,
    gate: "standard",
    approval: false,
  })),
};

const policy: Policy = {
  ...policyOf({ tiers: { "safe-state": { trafficCap: 0 } } }),
  gates: new Map([
    [
      "standard",
      {
        name: "standard",
        holdFor: 60_000,
        criteria: [
          {
            metric: "error_rate",
            expr: null,
            source: "prometheus",
            green: { comparison: "<", value: 0.1 },
            red: { comparison: ">", value: 1 },
            sustained: "whole-bake",
          },
        ],
      },
    ],
  ]),
};

const operator: OperatorCommand = { actor: "thon", reason: null, expected: null };
const clock = { now: () => Date.now() };
const logger = { debug() {}, info() {}, warn() {}, error() {} };

let counting: CountingStore;
let values: readonly number[];
let blindness: readonly string[];
let looked: number;
let ended: string[];
let clocks: Ticker[];

const recorder = recorderOf({ rolloutEnded: (outcome) => void ended.push(outcome) });

beforeEach(async () => {
  counting = await startCountingStore();
  values = [0];
  blindness = [];
  looked = 0;
  ended = [];
  clocks = [];
});

afterEach(async () => {
  await Promise.all(clocks.map((each) => each.stop()));
  await counting.stop();
});

function responder(store: StateStore = counting.store): Lanes {
  const policies = new Policies([policy]);
  const commits = new CommitsHeard({ clock, recorder });
  const lanes = new Lanes({
    store: storeAt(store, clock),
    policies,
    committed: (_, events) => commits.hear(events),
  });
  const moving = new Ticker({
    policies,
    store,
    lanes,
    clock,
    recorder,
    logger,
    gatherEvidence: async (_, { rollout }): Promise<Evidence> => {
      looked += 1;
      return {
        rollout: rollout?.id ?? "",
        stage: rollout?.stage ?? 0,
        takenAt: clock.now(),
        values: new Map([["error_rate", values]]),
        blindness,
      };
    },
    commits,
    gatherVerification: async () => {
      throw new Error("no rollback is open");
    },
  });
  moving.start();
  clocks.push(moving);
  return lanes;
}

const deploy = async (lanes: Lanes): Promise<void> => {
  await lanes.submit("shop", [
    { type: "deploy", ...operator, acknowledge: false, plan, thresholds: new Map() },
  ]);
};

async function status(): Promise<string> {
  const { rollout } = await counting.store.read("shop");
  return rollout === null ? "none" : statusOf(rollout);
}

const reaches = (wanted: string): Promise<unknown> => until(wanted, status, (seen) => seen === wanted);

describe("the clock of rollouts", () => {
  test("takes a plan to its end while everything is green", async () => {
    await deploy(responder());
    await reaches("completed");
    const events = await counting.store.events("shop", { limit: 10 });
    expect(events.map(({ reason, actor }) => `${reason} by ${actor}`)).toEqual([
      "promoted by thon",
      "promoted by clock",
      "completed by clock",
    ]);
    await isCounted(ended, "completed");
  });

  test("rolls back on red, and looks no more", async () => {
    values = [7];
    await deploy(responder());
    await reaches("rolled_back");
    expect(looked).toBe(1);
    await isCounted(ended, "rolled_back");
  });

  test("holds while it cannot see, and goes on by itself", async () => {
    blindness = ["Prometheus does not answer"];
    await deploy(responder());
    await reaches("holding");
    blindness = [];
    await reaches("completed");
  });

  test("several responders decide once", async () => {
    const lanes = responder();
    responder();
    responder();
    await deploy(lanes);
    await reaches("completed");
    expect((await counting.store.read("shop")).revision).toBe(3);
    await isCounted(ended, "completed");
  });

  test("a responder that starts later takes over what is under way", async () => {
    const policies = new Policies([policy]);
    await deploy(new Lanes({ store: storeAt(counting.store, clock), policies }));
    responder();
    await reaches("completed");
  });

  test("a paused rollout is not looked at", async () => {
    const lanes = new Lanes({ store: storeAt(counting.store, clock), policies: new Policies([policy]) });
    await deploy(lanes);
    await lanes.submit("shop", [{ type: "pause", ...operator }]);
    const pausedAt = clock.now();
    await until("a look would be due", clock.now, (now) => now > pausedAt + 200);
    let reads = 0;
    const read: StateStore["read"] = (application) => {
      reads += 1;
      return counting.store.read(application);
    };
    responder({ ...counting.store, read });
    await until("somebody has read that it is paused", () => reads, Boolean);
    await Promise.all(clocks.map((each) => each.stop()));
    expect(looked).toBe(0);
    await lanes.submit("shop", [{ type: "resume", ...operator }]);
    responder();
    await reaches("completed");
  });

  test("hears of what was committed while it read what was before", async () => {
    const { opened, open } = gate();
    let isRead = false;
    const read: StateStore["read"] = async (application) => {
      const before = await counting.store.read(application);
      isRead = true;
      await opened;
      return before;
    };
    const lanes = responder({ ...counting.store, read });
    await until("it has read", () => isRead, Boolean);
    await deploy(lanes);
    open();
    await reaches("completed");
  });

  test("hears of what was committed while nothing was announced to it yet", async () => {
    const { opened, open } = gate();
    let reads = 0;
    const read: StateStore["read"] = (application) => {
      reads += 1;
      return counting.store.read(application);
    };
    const changes: StateStore["changes"] = async (application, listener) => {
      await opened;
      return await counting.store.changes(application, listener);
    };
    const lanes = responder({ ...counting.store, read, changes });
    await until("it has read", () => reads, Boolean);
    await deploy(lanes);
    open();
    await reaches("completed");
  });

  test("goes on when the store is back", async () => {
    const lanes = responder();
    await deploy(lanes);
    counting.before(() => {
      throw new RollguardError("store_unavailable", "away");
    });
    await reaches("completed");
  });
});
