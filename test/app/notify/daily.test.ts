import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createEmbeddedStore } from "../../../src/adapters/store/embedded/embedded-store.ts";
import { Lanes } from "../../../src/app/lanes.ts";
import { Daily } from "../../../src/app/notify/daily.ts";
import { Policies } from "../../../src/app/policies.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { running } from "../../support/rollback-simulator.ts";
import { storeAt } from "../../support/store-with.ts";

const MINUTE = 60_000;
/** 09:00 in Berlin, where it is an hour later than in UTC. */
const NINE = Date.UTC(2026, 10, 20, 8);

const BERLIN: Policy = {
  ...running,
  notifications: { ...running.notifications, timeZone: "Europe/Berlin" },
};
let policy: Policy;
let now: number;
let store: StateStore;
let directory: string;
let sent: string[];
let failing: string[];
let warnings: object[];

beforeEach(() => {
  policy = BERLIN;
  now = NINE;
  directory = mkdtempSync(join(tmpdir(), "rollguard-daily-"));
  store = createEmbeddedStore({ directory, observer: { lockWaited() {}, transacted() {}, conflicted() {} } });
  [sent, failing, warnings] = [[], [], []];
});

afterEach(async () => {
  await store.close();
  rmSync(directory, { recursive: true });
});

function responder(): Daily {
  const clock = { now: () => now };
  const policies = new Policies([policy]);
  const lanes = new Lanes({ store: storeAt(store, clock), policies });
  const task = (name: string) => ({
    name,
    run: async ({ application }: Policy, day: string) => {
      if (failing.includes(name)) throw new Error("away");
      sent.push(`${name} ${application.name} ${day}`);
    },
  });
  const nothing = (): void => undefined;
  const logger = {
    debug: nothing,
    info: nothing,
    error: nothing,
    warn: (fields: object) => void warnings.push(fields),
  };
  return new Daily({ policies, lanes, clock, logger, tasks: [task("mail"), task("report")] });
}

describe("what goes out once a day", () => {
  test("goes out at the policy's time of day, once, by one of the responders", async () => {
    const [one, other] = [responder(), responder()];
    now = NINE - 1;
    await one.look();
    expect(sent).toEqual([]);
    now = NINE;
    await Promise.all([one.look(), other.look()]);
    for (const later of [MINUTE, 10 * MINUTE, 170 * MINUTE]) {
      now = NINE + later;
      await one.look();
      await other.look();
    }
    expect(sent).toEqual(["mail shop 2026-11-20", "report shop 2026-11-20"]);
    now = NINE + 24 * 60 * MINUTE;
    await other.look();
    expect(sent.slice(2)).toEqual(["mail shop 2026-11-21", "report shop 2026-11-21"]);
  });

  test("is left out when it is hours late: a server that is started in the afternoon sends nothing", async () => {
    now = NINE + 181 * MINUTE;
    await responder().look();
    expect(sent).toEqual([]);
  });

  test("is tried again, by whoever comes first, when a part of it failed or its responder died", async () => {
    failing = ["mail"];
    await responder().look();
    expect(sent).toEqual(["report shop 2026-11-20"]);
    expect(warnings).toMatchObject([{ task: "mail" }]);
    failing = [];
    const other = responder();
    now = NINE + 4 * MINUTE;
    await other.look();
    expect(sent).toHaveLength(1);
    now = NINE + 5 * MINUTE;
    await other.look();
    expect(sent.slice(1)).toEqual(["mail shop 2026-11-20", "report shop 2026-11-20"]);
  });

  test("does not repeat what went out because of what did not", async () => {
    failing = ["report"];
    const one = responder();
    for (const minutes of [0, 6, 12, 18]) {
      now = NINE + minutes * MINUTE;
      await one.look();
    }
    expect(sent).toEqual(["mail shop 2026-11-20"]);
    failing = [];
    now = NINE + 24 * MINUTE;
    await one.look();
    expect(sent).toEqual(["mail shop 2026-11-20", "report shop 2026-11-20"]);
  });

  test("is of the day before, when it is late over midnight", async () => {
    const { email } = policy.notifications;
    policy = {
      ...policy,
      notifications: { ...policy.notifications, email: { ...email, dailySummaryAt: "23:59" } },
    };
    failing = ["mail"];
    const one = responder();
    now = Date.UTC(2026, 10, 20, 22, 59);
    await one.look();
    failing = [];
    now = Date.UTC(2026, 10, 20, 23, 6);
    await one.look();
    expect(sent).toEqual(["report shop 2026-11-20", "mail shop 2026-11-20"]);
  });

  test("waits for a store that is away", async () => {
    const one = responder();
    await store.close();
    await one.look();
    expect(warnings).toHaveLength(1);
    store = createEmbeddedStore({
      directory,
      observer: { lockWaited() {}, transacted() {}, conflicted() {} },
    });
    await responder().look();
    expect(sent).toHaveLength(2);
  });
});
