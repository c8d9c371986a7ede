import { afterEach, beforeEach, describe, expect, it, test } from "@jest/globals";
import type { AlertOutcome } from "../../src/app/alert-outcome.ts";
import { handleAlerts } from "../../src/app/handle-alerts.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Alert } from "../../src/domain/alert.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { policyOf } from "../support/policies.ts";
import { type CountingStore, startCountingStore } from "./counting-store.ts";
import { recorderOf } from "./recorders.ts";

const tiers = { phase: { trafficCap: 30 }, "safe-state": { trafficCap: 0 } };
const shop = policyOf({ job: "web", tiers, triggers: [{ alert: "TestsFail", tier: "phase" }] });
const bank = policyOf({
  application: "bank",
  tiers,
  triggers: [{ alert: "TestsFail", tier: "safe-state" }],
});

const NOW = 1_790_000_000_000;

let counting: CountingStore;
let counted: string[];
let timed: (readonly [phase: string, took: number])[];
let tallied: unknown[][];
let log: { level: string; fields: object }[];

beforeEach(async () => {
  counting = await startCountingStore();
  counted = [];
  timed = [];
  tallied = [];
  log = [];
});

afterEach(() => counting.stop());

function handle(alerts: readonly Alert[], application?: string): Promise<readonly AlertOutcome[]> {
  const policies = new Policies([shop, bank]);
  const clock = { now: () => NOW };
  const at = (level: string) => (fields: object) => void log.push({ level, fields });
  return handleAlerts(
    {
      policies,
      lanes: new Lanes({ store: counting.store, clock, policies }),
      clock,
      tally: { count: (outcomes, at) => void tallied.push(...outcomes.map(({ reason }) => [reason, at])) },
      recorder: recorderOf({
        alertReceived: (status) => void counted.push(status),
        decided: (reason, tier) => void counted.push(`${reason} ${tier}`),
        rollbackTook: (phase, took) => void timed.push([phase, took]),
      }),
      logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    },
    alerts,
    application,
  );
}

function alert(name: string, more: Partial<Alert> = {}): Alert {
  return {
    fingerprint: `${name}-1`,
    name,
    status: "firing",
    startsAt: 0,
    application: "shop",
    job: null,
    labels: { alertname: name },
    ...more,
  };
}

describe("alerts of several applications in one body", () => {
  it("are decided in a transaction each, and told in their order", async () => {
    const outcomes = await handle([
      alert("TestsFail", { application: "bank" }),
      alert("TestsFail"),
      alert("Unheard"),
      alert("TestsFail", { application: "pub" }),
      alert("TestsFail", { application: "bank" }),
      alert("TestsFail", { application: null, job: "web" }),
      alert("TestsFail", { application: null, job: "other" }),
      alert("TestsFail", { application: null }),
    ]);
    expect(outcomes.map(({ application, reason, revision }) => [application, reason, revision])).toEqual([
      ["bank", "rolled_back", 1],
      ["shop", "rolled_back", 1],
      ["shop", "no_trigger", null],
      ["pub", "unknown_application", null],
      ["bank", "duplicate", null],
      ["shop", "duplicate", null],
      [null, "unknown_application", null],
      [null, "unknown_application", null],
    ]);
    expect(counting.transactions()).toBe(2);
  });

  it("are all the one's that the address names, whatever they say themselves", async () => {
    const outcomes = await handle([alert("TestsFail"), alert("TestsFail", { job: "web" })], "bank");
    expect(outcomes.map(({ application, reason }) => [application, reason])).toEqual([
      ["bank", "rolled_back"],
      ["bank", "duplicate"],
    ]);
    expect(await handle([alert("TestsFail")], "pub")).toMatchObject([
      { application: "pub", reason: "unknown_application", tier: null, rollback: null },
    ]);
  });
});

describe("alerts that call for nothing", () => {
  it("touch no store", async () => {
    await handle([alert("Unheard"), alert("TestsFail", { application: "pub" }), alert("__proto__")]);
    await handle([]);
    expect(counting.transactions()).toBe(0);
  });

  it("are counted, and told only to somebody who is looking", async () => {
    await handle([alert("Unheard", { status: "resolved" }), alert("TestsFail"), alert("TestsFail")]);
    expect(counted).toEqual([
      "resolved",
      "firing",
      "firing",
      "no_trigger null",
      "rolled_back phase",
      "duplicate phase",
    ]);
    expect(log).toMatchObject([
      { level: "debug", fields: { reason: "no_trigger" } },
      { level: "info", fields: { reason: "rolled_back", rollback: expect.any(String), revision: 1 } },
      { level: "debug", fields: { reason: "duplicate" } },
    ]);
  });
});

test("what begins a rollback is timed, from the alert's start on, and nothing else is", async () => {
  await handle([alert("TestsFail", { startsAt: NOW - 3_000 })]);
  await handle([alert("TestsFail", { startsAt: NOW - 9_000, fingerprint: "another" })]);
  expect(timed).toEqual([
    ["detect", 3_000],
    ["decide", 0],
  ]);
});

describe("a store that fails", () => {
  it("fails the whole body, so that all of it is sent again, and then each part counts once", async () => {
    counting.before(() => undefined);
    counting.before(() => {
      throw new RollguardError("store_unavailable", "away");
    });
    const body = [alert("TestsFail"), alert("TestsFail", { application: "bank" })];
    await expect(handle(body)).rejects.toMatchObject({ code: "store_unavailable" });
    expect(counted).toEqual(["firing", "firing"]);
    expect(log).toEqual([]);
    const again = await handle(body);
    expect(again.map(({ application, reason }) => [application, reason])).toEqual([
      ["shop", "duplicate"],
      ["bank", "rolled_back"],
    ]);
  });
});
