import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { Ticker } from "../../src/app/ticker.ts";
import { policyOf } from "../support/policies.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { storeAt } from "../support/store-with.ts";
import { until } from "../support/until.ts";
import { recorderOf } from "./recorders.ts";

const HOLD_DOWN = 600;

const policy = policyOf({
  tiers: { phase: { trafficCap: 30 } },
  triggers: [{ alert: "TestsFail", tier: "phase" }],
  rollbacks: { holdDown: HOLD_DOWN },
  verify: { startAfter: 50, checkEvery: 50, goodChecksInARow: 1, giveUpAfter: 60_000 },
});

const clock = { now: () => Date.now() };

let directory: TemporaryDirectory;
let store: StateStore;

beforeEach(async () => {
  directory = await temporaryDirectory("quiet");
  store = createEmbeddedStore({
    directory: directory.path,
    observer: { lockWaited() {}, transacted() {}, conflicted() {} },
  });
});

afterEach(async () => {
  await store.close();
  await directory.remove();
});

test("a rollback ends when its alert, which came and went, has been quiet for the hold-down", async () => {
  const policies = new Policies([policy]);
  const lanes = new Lanes({ store: storeAt(store, clock), policies });
  const decided: string[] = [];
  const recorder = recorderOf({ decided: (reason) => void decided.push(reason) });
  const ticker = new Ticker({
    policies,
    store,
    lanes,
    clock,
    recorder,
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    commits: new CommitsHeard({ clock, recorder }),
    gatherEvidence: async () => {
      throw new Error("no rollout is active");
    },
    gatherVerification: async (_, { rollback }) => ({
      rollback: rollback?.id ?? "",
      takenAt: clock.now(),
      values: new Map(),
      answered: ["TestsFail"],
      breached: [],
      blindness: [],
    }),
  });
  const tells = async (status: "firing" | "resolved") => {
    const alert = { fingerprint: "f", name: "TestsFail", status, startsAt: clock.now() } as const;
    const labels = { application: "shop", job: null, labels: {} };
    await lanes.submit("shop", [{ type: "alert", alert: { ...alert, ...labels } }]);
  };
  for (const status of ["firing", "resolved", "firing", "resolved"] as const) await tells(status);
  const since = (await store.read("shop")).pulses.get("f:TestsFail")?.quietSince;
  ticker.start();
  try {
    const ended = ({ past }: { readonly past: readonly unknown[] }): boolean => past.length > 0;
    const { past } = await until("the end of the rollback", () => store.read("shop"), ended);
    expect(past[0]?.endedAt).toBeGreaterThanOrEqual((since ?? Number.NaN) + HOLD_DOWN);
    expect(decided.sort()).toEqual(["resolved", "verified"]);
  } finally {
    await ticker.stop();
  }
});
