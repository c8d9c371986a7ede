import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Policy } from "../../src/domain/policy.ts";
import { policyOf } from "../support/policies.ts";
import { firing } from "./evidence-sources.ts";
import {
  answering,
  answers,
  bank,
  beginReconciling,
  counted,
  counting,
  EVERY,
  eventsOf,
  isAway,
  lanes,
  matchers,
  now,
  ours,
  policies,
  poll,
  receive,
  reconcile,
  SECOND,
  shop,
  stateOf,
  tiers,
} from "./reconciling.ts";

beforeEach(beginReconciling);

afterEach(() => counting.stop());

describe("an alert that fires and did not come", () => {
  test("is acted on as if it had, by whom it is about", async () => {
    answers(
      ours("TestsFail", { startsAt: now - 60 * SECOND }),
      firing("ErrorsSpike", { application: "bank" }),
    );
    await poll(reconcile());
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
    expect(await eventsOf("bank")).toEqual(["rolled_back ErrorsSpike by reconcile"]);
    expect((await stateOf()).rollback).toMatchObject({
      tier: "phase",
      startedBy: "reconcile",
      alertStartedAt: now - EVERY - 60 * SECOND,
      receivedAt: now - EVERY,
    });
    expect(counted.sort()).toEqual(["acted", "acted", "rolled_back phase", "rolled_back safe-state"]);
  });

  test("is acted on once, however often it is seen and by however many", async () => {
    answers(ours("TestsFail"));
    const all = [reconcile(), reconcile(), reconcile()];
    await Promise.all(all.map((each) => each.poll()));
    await poll(reconcile(), 3);
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
    expect(counted.filter((each) => each === "acted")).toHaveLength(1);
  });

  test("is left to another application whose webhook address has brought it", async () => {
    const alert = { ...ours("TestsFail"), status: "firing" as const, application: "shop", job: null };
    await lanes.submit("bank", [{ type: "alert", alert }]);
    answers(ours("TestsFail"));
    await poll(reconcile());
    expect(await eventsOf("bank")).toEqual(["rolled_back TestsFail by alertmanager"]);
    expect(await eventsOf()).toEqual([]);
  });

  test("joins what its webhook has begun meanwhile", async () => {
    answering(async () => {
      await receive("TestsFail");
      return [ours("TestsFail")];
    });
    await poll(reconcile());
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by alertmanager"]);
    expect(counted).toEqual(["duplicate phase"]);
  });

  test("escalates what is open, and is found by its job", async () => {
    await receive("TestsFail");
    answers(ours("TestsFail"), ours("ErrorsSpike", {}, { application: "", job: "web" }));
    await poll(reconcile());
    expect(await eventsOf()).toEqual([
      "rolled_back TestsFail by alertmanager",
      "escalated ErrorsSpike by reconcile",
    ]);
  });

  test("is not begun anew when its end comes while we ask", async () => {
    await receive("TestsFail");
    const rollback = (await stateOf()).rollback?.id ?? "";
    answering(async () => {
      await receive("TestsFail", "resolved");
      const by = { actor: "thon", reason: "seen", expected: null };
      await lanes.submit("shop", [{ type: "acknowledge", ...by, rollback, force: true }]);
      return [ours("TestsFail")];
    });
    await poll(reconcile());
    expect(await stateOf()).toMatchObject({ rollback: null });
  });

  test("touches nothing when it calls for nothing, or is nobody's", async () => {
    answers(
      ours("DiskFull"),
      firing("TestsFail", { application: "pub" }),
      firing("TestsFail", { application: "", job: "other" }),
      firing("constructor", { application: "shop" }),
    );
    await poll(reconcile());
    expect([await eventsOf(), await eventsOf("bank"), counting.transactions()]).toEqual([[], [], 0]);
  });

  test("is kept with labels as bounded as a webhook's", async () => {
    const many = Object.fromEntries(
      Array.from({ length: 200 }, (_, index) => [`l${index}`, "x".repeat(5_000)]),
    );
    answers(ours("TestsFail", {}, many));
    await poll(reconcile());
    const [event] = await counting.store.events("shop", { limit: 1 });
    const labels = Object.entries(event?.alert?.labels ?? {});
    expect(labels).toHaveLength(64);
    expect(Math.max(...labels.map(([, value]) => value.length))).toBe(1_024);
  });
});

describe("silenced and inhibited", () => {
  const acting: Policy = { ...shop, rollbacks: { ...shop.rollbacks, actOnSilenced: true } };

  test("a silenced alert rolls back only where the policy says so", async () => {
    answers(ours("TestsFail", { silenced: true }));
    await poll(reconcile(), 2);
    expect(await eventsOf()).toEqual([]);
    policies.replace([acting, bank]);
    await poll(reconcile());
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
  });

  test("an inhibited one does, and a silenced one that we hold is still there", async () => {
    answers(ours("TestsFail", { inhibited: true }));
    const reconciling = reconcile();
    await poll(reconciling);
    expect(await eventsOf()).toEqual(["rolled_back TestsFail by reconcile"]);
    answers(ours("TestsFail", { silenced: true }));
    await poll(reconciling, 6);
    expect((await stateOf()).alerts.size).toBe(1);
  });
});

describe("an alert that we hold and Alertmanager does not know", () => {
  test("is ended when it was missing for long enough; the rollback waits for its verification", async () => {
    await receive("TestsFail");
    const reconciling = reconcile();
    // The first poll finds it too new; from the second one on it is missing: a minute and a half.
    await poll(reconciling, 4);
    expect(await eventsOf()).toHaveLength(1);
    await poll(reconciling);
    expect(await eventsOf()).toEqual([
      "rolled_back TestsFail by alertmanager",
      "resolved TestsFail by reconcile",
    ]);
    expect(await stateOf()).toMatchObject({ rollback: { status: "verifying" }, alerts: new Map() });
    await poll(reconciling, 5);
    expect(counted).toEqual(["ended", "resolved phase"]);
  });

  test("that comes and goes is quiet then, and ended no more often; listed again it fires on", async () => {
    policies.replace([{ ...shop, rollbacks: { ...shop.rollbacks, holdDown: 60 * 60 * SECOND } }, bank]);
    await receive("TestsFail");
    await receive("TestsFail", "resolved");
    await receive("TestsFail");
    const reconciling = reconcile();
    await poll(reconciling, 6);
    const quietSince = (await stateOf()).pulses.get("TestsFail:TestsFail")?.quietSince;
    expect(quietSince).toBeGreaterThan(0);
    await poll(reconciling, 3);
    expect((await stateOf()).pulses.get("TestsFail:TestsFail")?.quietSince).toBe(quietSince);
    expect(counted.filter((one) => one.startsWith("resolved"))).toHaveLength(1);
    answers(ours("TestsFail", { startsAt: now }));
    await poll(reconciling);
    expect((await stateOf()).pulses.get("TestsFail:TestsFail")?.quietSince).toBeNull();
    expect(await eventsOf()).toEqual([
      "rolled_back TestsFail by alertmanager",
      "resolved TestsFail by alertmanager",
      "absorbed TestsFail by alertmanager",
    ]);
  });

  test("is not ended by a gap in between: an Alertmanager that was restarted, or is away", async () => {
    await receive("TestsFail");
    const reconciling = reconcile();
    await poll(reconciling, 3);
    answers(ours("TestsFail"));
    await poll(reconciling);
    answers();
    await poll(reconciling, 3);
    isAway();
    await poll(reconciling, 5);
    answers();
    await poll(reconciling, 3);
    expect((await stateOf()).alerts.size).toBe(1);
    await poll(reconciling);
    expect((await stateOf()).alerts.size).toBe(0);
  });

  test("is ended alone, whatever else fires", async () => {
    await receive("TestsFail");
    await receive("ErrorsSpike");
    answers(ours("ErrorsSpike"));
    await poll(reconcile(), 6);
    expect((await eventsOf()).slice(2)).toEqual(["resolved TestsFail by reconcile"]);
    expect([...(await stateOf()).alerts.values()].map(({ name }) => name)).toEqual(["ErrorsSpike"]);
  });

  test("is asked for though the policy knows its trigger no more", async () => {
    await receive("TestsFail");
    policies.replace([policyOf({ tiers })]);
    await poll(reconcile());
    expect(matchers).toEqual(['alertname=~"TestsFail"']);
  });
});
