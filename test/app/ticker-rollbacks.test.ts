import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { StateStore } from "../../src/app/ports.ts";
import { Ticker } from "../../src/app/ticker.ts";
import type { Message } from "../../src/domain/message.ts";
import type { Policy } from "../../src/domain/policy.ts";
import type { RollbackStatus } from "../../src/domain/rollback.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import type { VerifyEvidence } from "../../src/domain/verification.ts";
import { policyOf } from "../support/policies.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { storeAt } from "../support/store-with.ts";
import { until } from "../support/until.ts";
import { isCounted, recorderOf } from "./recorders.ts";

const policy: Policy = {
  ...policyOf({
    tiers: { phase: { trafficCap: 30 }, "safe-state": { trafficCap: 0 } },
    triggers: [{ alert: "TestsFail", tier: "phase" }],
  }),
  verify: { startAfter: 200, checkEvery: 100, goodChecksInARow: 2, giveUpAfter: 900, gate: "standard" },
};

const logger = { debug() {}, info() {}, warn() {}, error() {} };
const observer = { lockWaited() {}, transacted() {}, conflicted() {} };

/** Milliseconds that the responders' clock is ahead. */
let ahead: number;
/** When it stands still: no look is due meanwhile, however long a busy machine takes. */
let stoodAt: number | null;
const clock = { now: () => stoodAt ?? Date.now() + ahead };
let directory: TemporaryDirectory;
let store: StateStore;
let clocks: Ticker[];
let seen: Pick<VerifyEvidence, "answered" | "breached" | "blindness">;
let judged: string[];
let timed: string[];

const GOOD = { answered: ["Trigger"], breached: [], blindness: [] };
const BAD = { answered: ["Trigger"], breached: ["TestsFail"], blindness: [] };
const BLIND = { answered: ["Trigger"], breached: [], blindness: ["Prometheus does not answer"] };

beforeEach(async () => {
  ahead = 0;
  stoodAt = null;
  directory = await temporaryDirectory("rollback-clock");
  store = createEmbeddedStore({ directory: directory.path, observer });
  clocks = [];
  seen = GOOD;
  judged = [];
  timed = [];
});

afterEach(async () => {
  await Promise.all(clocks.map((each) => each.stop()));
  await store.close();
  await directory.remove();
});

function responder(): Lanes {
  const recorder = recorderOf({
    rollbackJudged: (tier, outcome) => void judged.push(`${tier} ${outcome}`),
    rollbackTook: (phase) => void timed.push(phase),
  });
  const policies = new Policies([policy]);
  const commits = new CommitsHeard({ clock, recorder });
  const lanes = new Lanes({
    store: storeAt(store, clock),
    policies,
    channels: new Set(["webhook"]),
    committed: (_, events) => commits.hear(events),
  });
  const moving = new Ticker({
    policies,
    store,
    lanes,
    clock,
    recorder,
    logger,
    commits,
    gatherEvidence: async () => {
      throw new Error("no rollout is active");
    },
    gatherVerification: async (_, { rollback }): Promise<VerifyEvidence> => ({
      rollback: rollback?.id ?? "",
      takenAt: clock.now(),
      values: new Map(),
      ...seen,
    }),
  });
  moving.start();
  clocks.push(moving);
  return lanes;
}

/** Nothing is left but what the store has. */
async function crash(): Promise<void> {
  await Promise.all(clocks.map((each) => each.stop()));
  await store.close();
  store = createEmbeddedStore({ directory: directory.path, observer });
}

async function alert(lanes: Lanes, status: "firing" | "resolved"): Promise<void> {
  const now = clock.now();
  const fields = { startsAt: now - 1_000, application: "shop", job: null, labels: {} };
  const command = { fingerprint: "f", name: "TestsFail", status, ...fields };
  await lanes.submit("shop", [{ type: "alert", alert: command, receivedAt: now }]);
}

/** Before any look is due; the time stands still from then on. */
async function flaps(lanes: Lanes): Promise<void> {
  stoodAt = Date.now();
  await alert(lanes, "firing");
  await alert(lanes, "resolved");
}

const state = (): Promise<ApplicationState> => store.read("shop");

const becomes = (wanted: RollbackStatus): Promise<unknown> =>
  until(
    `a rollback that is ${wanted}`,
    async () => (await state()).rollback?.status,
    (status) => status === wanted,
  );

const ends = (): Promise<ApplicationState> =>
  until("the end of the episode", state, ({ rollback }) => rollback === null);

const looksAgain = ({ verification }: ApplicationState): Promise<unknown> =>
  until("one more look", state, (now) => now.verification?.last?.at !== verification?.last?.at);

async function events(): Promise<string[]> {
  const all = await store.events("shop", { limit: 100 });
  return all.map(
    ({ reason, tier, actor, ended }) => `${reason} ${tier} by ${actor}${ended ? ", ended" : ""}`,
  );
}

/** Everything that people would be told, in order. */
async function told(): Promise<Message[]> {
  const messages: Message[] = [];
  for (;;) {
    const claimed = await store.outbox.claim("shop", { lease: 10_000, limit: 10 });
    if (claimed.length === 0) return messages;
    for (const claim of claimed) {
      messages.push(claim.message);
      await store.outbox.done("shop", claim);
    }
  }
}

const pages = async (): Promise<string[]> =>
  (await told()).filter(({ page }) => page).map(({ kind, tier }) => `${kind} ${tier}`);

describe("a rollback that helps", () => {
  test("is verified, and that ends an episode whose alert has resolved", async () => {
    await flaps(responder());
    expect((await state()).rollback).toMatchObject({ status: "verifying" });
    stoodAt = null;
    const { past, verification } = await ends();
    expect(verification).toBeNull();
    expect(past).toMatchObject([{ tier: "phase", status: "verified", firstRevision: 1, lastRevision: 3 }]);
    const [{ startedAt = 0, committedAt = 0, verifiedAt = 0, endedAt = 0 } = {}] = past;
    expect(committedAt).toBeGreaterThanOrEqual(startedAt);
    expect((verifiedAt ?? 0) - startedAt).toBeGreaterThanOrEqual(300);
    expect(verifiedAt).toBe(endedAt);
    expect(await events()).toEqual([
      "rolled_back phase by alertmanager",
      "resolved phase by alertmanager",
      "verified phase by clock, ended",
    ]);
    await isCounted(judged, "phase verified");
    await isCounted(timed, "commit,verify");
    expect(await pages()).toEqual([]);
  });

  test("stays open while its alert fires, and is watched on", async () => {
    const lanes = responder();
    await alert(lanes, "firing");
    await becomes("verified");
    await looksAgain(await state());
    expect(await state()).toMatchObject({ rollback: { status: "verified" } });
    await alert(lanes, "resolved");
    expect(await state()).toMatchObject({ rollback: null, past: [{ status: "verified" }] });
    expect((await events()).at(-1)).toBe("resolved phase by alertmanager, ended");
  });

  test("is judged once by several responders", async () => {
    const lanes = responder();
    responder();
    responder();
    await flaps(lanes);
    stoodAt = null;
    await ends();
    expect(await state()).toMatchObject({ revision: 3 });
    await isCounted(judged, "phase verified");
  });

  test("is verified by whoever starts after a crash, from where it was", async () => {
    seen = BLIND;
    await flaps(responder());
    // One look is due then, and no other one.
    stoodAt = clock.now() + 200;
    await until("a look", state, ({ verification }) => verification?.last?.verdict === "no_data");
    await crash();
    const before = (await state()).verification;
    expect(before?.last?.verdict).toBe("no_data");
    seen = GOOD;
    stoodAt = null;
    responder();
    const { past } = await ends();
    expect(past).toMatchObject([{ status: "verified", startedAt: before?.since }]);
  });
});

describe("a rollback that does not help", () => {
  test("escalates tier by tier, each in one commit, until nothing is left: it fails, pages once, and goes no further", async () => {
    const lanes = responder();
    seen = BAD;
    await alert(lanes, "firing");
    await becomes("failed");
    expect(await events()).toEqual([
      "rolled_back phase by alertmanager",
      "verification_failed phase by clock",
      "escalated safe-state by clock",
      "verification_failed safe-state by clock",
      "escalated emergency by clock",
      "verification_failed emergency by clock",
    ]);
    expect(await state()).toMatchObject({ rollback: { tier: "emergency", status: "failed" } });
    expect((await state()).flags.get("traffic")).toMatchObject({ enabled: false });
    await isCounted(judged, "phase escalated,safe-state escalated,emergency failed");
    const from = await state();
    ahead += 60_000;
    await looksAgain(from);
    expect(await events()).toHaveLength(6);
    expect(await pages()).toEqual(["failed emergency"]);
  });

  test("is verified when things turn out well after all", async () => {
    const lanes = responder();
    seen = BAD;
    await alert(lanes, "firing");
    await becomes("failed");
    seen = GOOD;
    ahead += 20_000;
    await becomes("verified");
    await alert(lanes, "resolved");
    expect(await state()).toMatchObject({ rollback: null });
  });

  test("escalates over a crash too, once", async () => {
    const lanes = responder();
    seen = BAD;
    await alert(lanes, "firing");
    await until("a look", state, ({ verification }) => verification?.last?.verdict === "bad");
    await crash();
    // Hours later.
    ahead += 3_600_000;
    responder();
    const happened = await until("the next tier", events, ({ length }) => length >= 3);
    expect(happened.slice(0, 3)).toEqual([
      "rolled_back phase by alertmanager",
      "verification_failed phase by clock",
      "escalated safe-state by clock",
    ]);
  });
});

describe("a rollback that nobody can see", () => {
  test("is unverified: it pages once, turns nothing more down, and is verified when data comes", async () => {
    const lanes = responder();
    seen = BLIND;
    await alert(lanes, "firing");
    await becomes("unverified");
    await alert(lanes, "resolved");
    for (let look = 0; look < 3; look += 1) {
      const from = await state();
      ahead += 16_000;
      await looksAgain(from);
    }
    expect(await state()).toMatchObject({ rollback: { tier: "phase", status: "unverified" } });
    expect(await pages()).toEqual(["unverified phase"]);
    seen = GOOD;
    ahead += 16_000;
    const { past } = await ends();
    expect(past).toMatchObject([{ tier: "phase", status: "verified" }]);
    expect(await events()).toEqual([
      "rolled_back phase by alertmanager",
      "unverified phase by clock",
      "resolved phase by alertmanager",
      "verified phase by clock, ended",
    ]);
    await isCounted(judged, "phase unverified,phase verified");
  });
});
