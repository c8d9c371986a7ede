import { afterEach, beforeEach, describe, expect, it, test } from "@jest/globals";
import type { AlertOutcome } from "../../src/app/alert-outcome.ts";
import { handleAlerts } from "../../src/app/handle-alerts.ts";
import type { Truncation } from "../../src/app/intake-notices.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Alert } from "../../src/domain/alert.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { policyOf } from "../support/policies.ts";
import { storeAt } from "../support/store-with.ts";
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
let asked: number;
let log: { level: string; fields: object }[];

beforeEach(async () => {
  counting = await startCountingStore();
  counted = [];
  timed = [];
  asked = 0;
  tallied = [];
  log = [];
});

afterEach(() => counting.stop());

function handle(
  alerts: readonly Alert[],
  application?: string,
  truncation?: Truncation,
): Promise<readonly AlertOutcome[]> {
  const policies = new Policies([shop, bank]);
  const clock = { now: () => NOW };
  const at = (level: string) => (fields: object) => void log.push({ level, fields });
  return handleAlerts(
    {
      policies,
      lanes: new Lanes({ store: storeAt(counting.store, clock), policies }),
      clock,
      askForRest: () => {
        asked += 1;
      },
      askWhetherFiring: null,
      askWhyUnread: null,
      tally: { count: (outcomes, at) => void tallied.push(...outcomes.map(({ reason }) => [reason, at])) },
      recorder: recorderOf({
        alertReceived: (status) => void counted.push(status),
        alertsTruncated: (count) => void counted.push(`truncated ${count}`),
        alertMisaddressed: () => void counted.push("misaddressed"),
        decided: (reason, tier) => void counted.push(`${reason} ${tier}`),
        rollbackTook: (phase, took) => void timed.push([phase, took]),
      }),
      logger: { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") },
    },
    alerts,
    { application, truncation },
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
  });
});

describe("an address that names an application that nobody knows", () => {
  it.each([
    ["the label", alert("TestsFail")],
    ["the job", alert("TestsFail", { application: null, job: "web" })],
  ])("leaves it to %s of the alert", async (_by, own) => {
    const outcomes = await handle([own, alert("Unheard")], "pub");
    expect(outcomes.map(({ application, reason }) => [application, reason])).toEqual([
      ["shop", "rolled_back"],
      ["shop", "no_trigger"],
    ]);
    expect(counted.filter((each) => each === "misaddressed")).toHaveLength(2);
  });

  it("is nobody's where the alert says nothing, or the same", async () => {
    const unknown = { application: "pub", reason: "unknown_application", tier: null, rollback: null };
    const alerts = [alert("TestsFail", { application: null }), alert("TestsFail", { application: "pub" })];
    expect(await handle(alerts, "pub")).toMatchObject([unknown, unknown]);
    expect(counted).not.toContain("misaddressed");
    expect(counting.transactions()).toBe(0);
  });

  it("is told once, in the log and to people, however often the alert is repeated", async () => {
    await handle([alert("TestsFail")], "pub");
    await handle([alert("TestsFail"), alert("TestsFail")], "pub");
    const events = await counting.store.events("shop", { limit: 10 });
    expect(events.map(({ reason }) => reason)).toEqual(["rolled_back", "misaddressed"]);
    expect(events[1]?.detail).toBe(
      'the address of a webhook names the application "pub", which no policy knows: TestsFail is taken to be about shop',
    );
    expect(log.filter(({ fields }) => "reason" in fields && fields.reason === "misaddressed")).toEqual([
      { level: "warn", fields: { application: "shop", reason: "misaddressed", revision: 2 } },
      { level: "debug", fields: { application: "shop", reason: "misaddressed", revision: null } },
    ]);
    expect(counting.transactions()).toBe(2);
  });

  it("is a template that an old Alertmanager has not filled in: it names nobody, and that is said", async () => {
    const template = "{{ .CommonLabels.application }}";
    expect(await handle([alert("TestsFail")], template)).toMatchObject([
      { application: "shop", reason: "rolled_back" },
    ]);
    const [, told] = await counting.store.events("shop", { limit: 10 });
    expect(told?.detail).toMatch(/; Alertmanager fills in templates there since 0\.31$/);
  });
});

test("an alert that names another application than an address that is known is told, and acts for the address", async () => {
  await handle([alert("TestsFail")], "bank");
  const events = await counting.store.events("bank", { limit: 10 });
  expect(events.map(({ reason, detail }) => [reason, detail])).toEqual([
    ["rolled_back", expect.anything()],
    [
      "misaddressed",
      "alerts that are about shop came to the address of bank (TestsFail): they are taken for those of bank, as the address says",
    ],
  ]);
  expect(counted).toContain("misaddressed");
  expect((await counting.store.read("shop")).revision).toBe(0);
});

describe("a body that Alertmanager has cut off", () => {
  const cut = { alerts: 3, receiver: "rollguard", application: null };

  it("is counted, told once to whom it concerns, and asked about each time, when it is committed", async () => {
    const alerts = [alert("TestsFail"), alert("Unheard", { application: "bank" })];
    await handle(alerts, undefined, cut);
    await handle(alerts, undefined, { ...cut, alerts: 1 });
    expect(counted.filter((each) => each.startsWith("truncated"))).toEqual([
      "truncated 3",
      "truncated null",
      "truncated null",
      "truncated 1",
      "truncated null",
      "truncated null",
    ]);
    for (const [application, reasons] of [
      ["shop", ["rolled_back", "truncated"]],
      ["bank", ["truncated"]],
    ] as const) {
      const events = await counting.store.events(application, { limit: 10 });
      expect(events.map(({ reason }) => reason)).toEqual(reasons);
      expect(events.at(-1)?.detail).toBe(
        "Alertmanager cut 3 alerts off the webhook of the receiver rollguard (max_alerts): it is asked for them",
      );
    }
    expect(asked).toBe(2);
  });

  it("concerns whom it names where no alert is left, else it is only logged", async () => {
    await handle([], "bank", cut);
    await handle([], undefined, { ...cut, application: "shop", receiver: null });
    await handle([], undefined, cut);
    expect((await counting.store.read("bank")).notices).toHaveLength(1);
    expect((await counting.store.read("shop")).notices).toHaveLength(1);
    expect(log.map(({ level }) => level)).toEqual(["warn", "warn", "warn"]);
    expect(asked).toBe(3);
  });

  it("is not asked about when it could not be committed: it comes again", async () => {
    counting.before(() => {
      throw new RollguardError("store_unavailable", "away");
    });
    await expect(handle([alert("TestsFail")], undefined, cut)).rejects.toMatchObject({
      code: "store_unavailable",
    });
    expect(asked).toBe(0);
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
