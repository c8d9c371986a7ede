import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EventView } from "../../src/app/describe-event.ts";
import type { AlertmanagerServer } from "../support/alertmanager-server.ts";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import { until } from "../support/until.ts";

const APPLICATION = "genesis";
const TESTS = "TestPassRateCritical";
const ERRORS = "ErrorRateSpike";
const FLAPS = 5;

// One incident that everything between Prometheus and the flags goes away in, one after the other. It is verified much
// later only: until then it is one rollback, whatever comes and goes. The steps build on each other.
describe("an alert that fires while somebody on its way is away", () => {
  let stack: GenesisStack;
  let alertmanager: AlertmanagerServer;

  beforeAll(async () => {
    stack = await startGenesisStack({
      store: "redis",
      quick: [TESTS, ERRORS],
      turnedOn: new Map([["phase_4_deployment", 60]]),
      giveUpAfter: "1h",
      edit: (policy) => policy.replace("startAfter: 1s", "startAfter: 30m"),
      // Otherwise Alertmanager would make one change of several.
      groupInterval: "1s",
    });
    ({ alertmanager } = stack);
    await until(
      "Prometheus to see a healthy application",
      () => stack.prometheus.query("error_rate >= 0 and on() test_pass_rate > 98"),
      (series) => series.length > 0,
      { onFailure: stack.report },
    );
  }, 60_000);

  afterAll(() => stack?.stop());

  /** Waits until so many events have the reason, and returns what all of them say. */
  async function told(reason: EventView["reason"], times: number): Promise<string[]> {
    const events = await until(
      `${reason}, ${times} times`,
      () => stack.rollguard.events(APPLICATION),
      (all) => all.filter((event) => event.reason === reason).length >= times,
      { within: 40_000, onFailure: stack.report },
    );
    return events.map((event) => `${event.reason} ${event.alert?.name}`);
  }

  /** Alerts in webhooks since Rollguard was started. */
  async function received(status: "firing" | "resolved" = "firing"): Promise<number> {
    const metrics = await (await fetch(`${stack.rollguard.url}/metrics`)).text();
    const count = new RegExp(`^rollguard_alerts_received_total\\{status="${status}"\\} (\\d+)$`, "m");
    return Number(count.exec(metrics)?.[1] ?? 0);
  }

  async function receives(more: number, status: "firing" | "resolved" = "firing"): Promise<void> {
    await until(
      `a webhook that says ${status}`,
      () => received(status),
      (count) => count >= more,
      { within: 40_000, onFailure: stack.report },
    );
  }

  test("Alertmanager is stopped while it fires, and started: the rollback happens once", async () => {
    await alertmanager.stop();
    stack.app.passTests(90);
    await until(
      `${TESTS} to fire`,
      () => stack.prometheus.query(`ALERTS{alertname="${TESTS}",alertstate="firing"}`),
      (series) => series.length > 0,
      { onFailure: stack.report },
    );
    expect(await stack.rollguard.application(APPLICATION)).toMatchObject({ revision: 0, rollback: null });
    alertmanager = await stack.startAlertmanager();
    expect(await told("rolled_back", 1)).toEqual([`rolled_back ${TESTS}`]);
    await receives(1);
  }, 60_000);

  test("Alertmanager has forgotten whom it told, and tells again: nothing more happens", async () => {
    const before = await received();
    await alertmanager.stop();
    alertmanager = await stack.startAlertmanager();
    await receives(before + 1);
    expect(await stack.rollguard.events(APPLICATION)).toHaveLength(1);
  }, 60_000);

  test("it resolves and fires, again and again: that is one rollback, and is told once", async () => {
    const [fired, resolved] = [await received(), await received("resolved")];
    for (let flap = 1; flap < FLAPS; flap++) {
      stack.app.recover();
      await receives(resolved + flap, "resolved");
      stack.app.passTests(90);
      await receives(fired + flap);
    }
    const events = await stack.rollguard.events(APPLICATION);
    expect(events.map(({ reason }) => reason)).toEqual(["rolled_back", "resolved", "absorbed"]);
    expect(events.at(-1)?.detail).toContain("comes and goes");
    expect(new Set(events.map(({ rollback }) => rollback)).size).toBe(1);
    expect(await stack.rollguard.application(APPLICATION)).toMatchObject({
      traffic: 30,
      rollback: { tier: "phase", status: "verifying" },
    });
  }, 120_000);

  test("Rollguard is stopped when another one fires, and started: that is acted on once too", async () => {
    const before = await stack.rollguard.events(APPLICATION);
    await stack.rollguard.kill();
    stack.app.failRequests(30);
    await until(
      `Alertmanager to have ${ERRORS}`,
      alertmanager.alerts,
      (all) => all.some(({ labels }) => labels.alertname === ERRORS),
      { onFailure: stack.report },
    );
    await stack.rollguard.restart();
    // It asks at the start, and Alertmanager tries again: whoever comes second finds it done.
    await receives(1);
    await told("escalated", 1);
    const events = (await stack.rollguard.events(APPLICATION)).slice(before.length);
    expect(events).toMatchObject([
      { reason: "escalated", tier: "safe-state", alert: { name: ERRORS }, rollback: before[0]?.rollback },
    ]);
    expect(await stack.rollguard.application(APPLICATION)).toMatchObject({
      traffic: 0,
      rollback: { id: before[0]?.rollback, tier: "safe-state" },
    });
  }, 60_000);
});
