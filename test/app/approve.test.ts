import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { approve } from "../../src/app/approve.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { NumberedDecision } from "../../src/domain/decide.ts";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import type { Evidence } from "../../src/domain/evidence.ts";
import type { ApplicationState } from "../../src/domain/state.ts";
import { approved, shop } from "../support/policies-rollout.ts";
import { storeAt } from "../support/store-with.ts";
import { type CountingStore, startCountingStore } from "./counting-store.ts";
import { recorderOf } from "./recorders.ts";

const OPERATOR = { actor: "joe", reason: "looks fine", expected: null };
const GREEN = { error_rate: 0, pass_rate: 99, uptime: 100 };

let counting: CountingStore;
let lanes: Lanes;
let now = 1_790_000_000_000;
let values: Readonly<Record<string, number>> = GREEN;
let blindness: readonly string[] = [];

const clock = { now: () => now };
const policies = new Policies([shop]);
const read = (): Promise<ApplicationState> => counting.store.read("shop");

function evidenceOf({ rollout }: ApplicationState): Evidence {
  return {
    rollout: rollout?.id ?? "",
    stage: rollout?.stage ?? 0,
    takenAt: now,
    values: new Map(Object.entries(values).map(([metric, value]) => [metric, [value]])),
    blindness,
  };
}

function approves(): Promise<NumberedDecision> {
  const tools = {
    policies,
    lanes,
    store: counting.store,
    clock,
    recorder: recorderOf(),
    logger: { debug() {}, info() {}, warn() {}, error() {} },
    gatherEvidence: async (_: unknown, state: ApplicationState) => evidenceOf(state),
  };
  return approve(tools, "shop", { type: "approve", ...OPERATOR });
}

/** A rollout whose second stage is all green, and waits for an operator since its last look. */
beforeEach(async () => {
  values = GREEN;
  blindness = [];
  counting = await startCountingStore();
  lanes = new Lanes({ store: storeAt(counting.store, clock), policies });
  const deploy = { type: "deploy" as const, ...OPERATOR, acknowledge: false, thresholds: new Map() };
  await lanes.submit("shop", [{ ...deploy, plan: approved }]);
  for (;;) {
    const state = await read();
    if (state.rollout?.hold?.kind === "approval") break;
    now = nextCheckOf(state) ?? Number.NaN;
    await lanes.submit("shop", [{ type: "check", evidence: evidenceOf(state) }]);
  }
  now += 20_000;
});

afterEach(() => counting.stop());

describe("an approval is given on what is seen now", () => {
  test("and goes on where all is green", async () => {
    expect((await approves()).decision).toMatchObject({ reason: "approved" });
    expect((await read()).rollout).toMatchObject({ stage: 2 });
  });

  test("so that what has turned red since is rolled back instead", async () => {
    values = { ...GREEN, error_rate: 40 };
    expect((await approves()).decision).toMatchObject({ reason: "refused" });
    expect((await read()).rollout).toMatchObject({ stage: 1, outcome: "rolled_back" });
  });

  test("and what cannot be seen any more is held", async () => {
    blindness = ["Prometheus does not answer"];
    expect((await approves()).decision).toMatchObject({ reason: "refused" });
    expect((await read()).rollout).toMatchObject({ stage: 1, outcome: null, blind: { missing: blindness } });
  });

  test("and where nothing waits for it nobody looks", async () => {
    await lanes.submit("shop", [{ type: "pause", ...OPERATOR }]);
    const before = await read();
    expect((await approves()).decision).toMatchObject({ reason: "refused" });
    expect(await read()).toEqual(before);
  });
});
