import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createAlertmanagerSource } from "../../src/adapters/alertmanager/alertmanager-source.ts";
import { createJsonApi } from "../../src/adapters/json-api/json-api.ts";
import { nameMatchers } from "../../src/app/reconcile/name-matchers.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { fingerprintOf } from "../../src/domain/fingerprint.ts";
import { startAlertmanager } from "../support/alertmanager-server.ts";
import { policyOf } from "../support/policies.ts";
import { until } from "../support/until.ts";
import { gate } from "./counting-store.ts";
import { firing } from "./evidence-sources.ts";
import {
  answering,
  answers,
  beginReconciling,
  counted,
  counting,
  eventsOf,
  isAway,
  log,
  matchers,
  ours,
  policies,
  poll,
  reconcile,
  triggers,
} from "./reconciling.ts";

beforeEach(beginReconciling);

afterEach(() => counting.stop());

describe("asking", () => {
  test("is one question for two hundred applications that share their triggers", async () => {
    const many = Array.from({ length: 200 }, (_, index) =>
      policyOf({ application: `app-${index}`, triggers }),
    );
    policies.replace(many);
    answers(...many.map(({ application }) => firing("TestsFail", { application: application.name })));
    await poll(reconcile());
    expect(matchers).toEqual(['alertname=~"TestsFail|ErrorsSpike"']);
    expect(counted.filter((each) => each === "acted")).toHaveLength(200);
  });

  test("needs no more than an address has room for", async () => {
    const own = Array.from({ length: 1_000 }, (_, index) => ({
      alert: `Trigger${index}`,
      tier: "phase" as const,
    }));
    policies.replace([policyOf({ triggers: own })]);
    await poll(reconcile());
    expect(matchers.length).toBeGreaterThan(1);
    expect(Math.max(...matchers.map((matcher) => matcher?.length ?? 0))).toBeLessThan(4_100);
    expect(matchers.join("|").match(/Trigger\d+/g)).toHaveLength(1_000);
  });

  test("is left where there is nothing to ask for", async () => {
    policies.replace([policyOf({})]);
    await poll(reconcile());
    expect(matchers).toEqual([]);
  });

  test("an Alertmanager that is away is told once, and when it is back", async () => {
    const reconciling = reconcile();
    isAway();
    await poll(reconciling, 3);
    answers(ours("TestsFail"));
    await poll(reconciling, 2);
    expect(log).toEqual([
      "warn: what fires cannot be reconciled, and is tried again: Alertmanager failed",
      "info: alert decided",
      "info: what fires is reconciled again: Alertmanager answers",
    ]);
  });

  test("a store that fails is told once, and what was missed is done when it is back", async () => {
    const reconciling = reconcile();
    answers(ours("TestsFail"));
    const away = (): never => {
      throw new RollguardError("store_unavailable", "away");
    };
    counting.before(away, away);
    await poll(reconciling, 3);
    expect(log.filter((line) => line.startsWith("warn"))).toHaveLength(1);
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
  });
});

describe("start and stop", () => {
  test("asks at once, and stop waits for what is under way", async () => {
    const begun = gate();
    const { opened, open } = gate();
    counting.before(() => {
      begun.open();
      return opened;
    });
    answers(ours("TestsFail"));
    const reconciling = reconcile();
    reconciling.start();
    await begun.opened;
    const stopped = reconciling.stop();
    open();
    await stopped;
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
  });

  test("what is known to be missing is asked for at once, and once for all who know it", async () => {
    const { opened, open } = gate();
    answering(async () => {
      await opened;
      return [];
    });
    const asked = (times: number) =>
      until(
        `question ${times}`,
        () => matchers.length,
        (count) => count === times,
      );
    const reconciling = reconcile();
    reconciling.start();
    await asked(1);
    for (let index = 0; index < 100; index += 1) reconciling.hurry();
    answers(ours("TestsFail"));
    open();
    await asked(2);
    await until("the rollback", eventsOf, (events) => events.length === 1);
    reconciling.hurry();
    reconciling.hurry();
    await asked(3);
    await reconciling.stop();
    reconciling.hurry();
    expect(matchers).toHaveLength(3);
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
  });

  test("nothing is begun once it is stopping", async () => {
    const { opened, open } = gate();
    answering(async () => {
      await opened;
      return [ours("TestsFail")];
    });
    const reconciling = reconcile();
    reconciling.start();
    await until(
      "the question",
      () => matchers.length,
      (asked) => asked === 1,
    );
    const stopped = reconciling.stop();
    open();
    await stopped;
    expect(counting.transactions()).toBe(0);
  });

  test("what our own end cuts short is no failure", async () => {
    const reconciling = reconcile();
    isAway();
    reconciling.start();
    await reconciling.stop();
    expect(log).toEqual([]);
  });

  test("without an Alertmanager it says so once, and asks nobody", async () => {
    const none = reconcile(null);
    none.start();
    await none.poll();
    await none.stop();
    expect(log).toEqual([expect.stringContaining("ROLLGUARD_ALERTMANAGER_URL")]);
    expect(counting.transactions()).toBe(0);
  });
});

test("a real Alertmanager understands every name, and tells the fingerprint that its webhooks bring", async () => {
  const alertmanager = await startAlertmanager({ webhook: "http://127.0.0.1:9/" });
  try {
    const names = ["Plain", "a.b|c(d)[e]{f}", 'quotes " and \\ backslashes', "line\nbreak", "^$*+?", "吉 星"];
    const source = createAlertmanagerSource(createJsonApi({ name: "Alertmanager", url: alertmanager.url }));
    const labelsOf = (alertname: string) => ({ alertname, application: "shop" });
    await alertmanager.post([...names, "Plainer", "axb", "Pl"].map((name) => ({ labels: labelsOf(name) })));
    const [matcher = "", ...others] = nameMatchers(names);
    expect(others).toEqual([]);
    const found = await source.alerts(matcher);
    expect(found.map(({ name }) => name).sort()).toEqual([...names].sort());
    for (const { name, fingerprint } of found) expect(fingerprint).toBe(fingerprintOf(labelsOf(name)));
  } finally {
    await alertmanager.stop();
  }
});
