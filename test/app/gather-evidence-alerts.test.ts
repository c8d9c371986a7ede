import { describe, expect, test } from "@jest/globals";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import type { ActiveAlert } from "../../src/app/ports.ts";
import {
  alertsOf,
  clock,
  firing,
  gather,
  good,
  MINUTE,
  metricsOf,
  NOW,
  policy,
  unavailable,
} from "./evidence-sources.ts";
import { rollingOut } from "./rollout-state.ts";

describe("Alertmanager", () => {
  const critical = async (...alerts: readonly ActiveAlert[]) => {
    const { values, blindness } = await gather({ alerts: alertsOf(async () => alerts) });
    return { count: values.get("critical_alerts"), blindness };
  };

  test("is asked for this application's alerts, and nobody's", async () => {
    const asked: (string | undefined)[] = [];
    const alerts = alertsOf(async (matcher) => {
      asked.push(matcher);
      return [];
    });
    await gather({ alerts });
    const dotted = { ...policy, application: { ...policy.application, name: "gene.sis" } };
    const state = rollingOut(policy, { plan: "hybrid", startedAt: NOW });
    await gatherEvidence({ metrics: metricsOf(good), alerts, clock }, dotted, state);
    expect(asked).toEqual(['application=~"|genesis"', 'application=~"|gene[.]sis"']);
  });

  test("critical alerts count, whoever else is quiet because of them", async () => {
    const { count } = await critical(
      firing("ErrorRateSpike"),
      firing("Inhibited", {}, { inhibited: true }),
      firing("ByJob", { application: "", job: "genesis" }),
    );
    expect(count).toEqual([3]);
  });

  test("others do not", async () => {
    const { count, blindness } = await critical(
      firing("ErrorRateElevated", { severity: "warning" }),
      firing("Silenced", {}, { silenced: true }),
      firing("Elsewhere", { application: "shop", job: "genesis" }),
      firing("OtherJob", { application: "", job: "node" }),
      firing("NoRequests", {}, { silenced: true }),
      firing("NoRequests", { application: "shop" }),
    );
    expect({ count, blindness }).toEqual({ count: [0], blindness: [] });
  });

  test("an alert on Rollguard itself is no fault of the application", async () => {
    const { count, blindness } = await critical(
      firing("RollguardStoreDown"),
      firing("RollguardOutboxStuck"),
      firing("RollguardWebhookFailing"),
    );
    expect({ count, blindness }).toEqual({ count: [0], blindness: [] });
  });

  test("an alert that says that we are blind makes us so, and counts as nothing else", async () => {
    const { count, blindness } = await critical(
      firing("NoRequests", {}, { summary: "Genesis gets no requests" }),
      firing("NoRequests", { instance: "b" }, { summary: "Genesis gets no requests" }),
      firing("NoTests", {}, { inhibited: true }),
      firing("ErrorRateSpike"),
    );
    expect(count).toEqual([1]);
    expect(blindness).toEqual(["NoRequests is firing: Genesis gets no requests", "NoTests is firing"]);
  });

  test("that cannot be had is told", async () => {
    const alerts = alertsOf(unavailable("Alertmanager answered 500"));
    const { values, blindness } = await gather({ alerts });
    expect(blindness).toEqual(["Alertmanager answered 500"]);
    expect(values.get("critical_alerts")).toEqual([]);
    expect(values.get("error_rate")).toEqual([0]);
  });

  test("that never answers is given up on", async () => {
    const { blindness } = await gather({ alerts: alertsOf(() => new Promise(() => undefined)), within: 50 });
    expect(blindness).toEqual(["Alertmanager does not answer: nothing within 50ms"]);
  });

  test("that is not configured is told with its setting", async () => {
    const { values, blindness } = await gather({ alerts: null });
    expect(blindness).toEqual(["Alertmanager is not configured: set ROLLGUARD_ALERTMANAGER_URL"]);
    expect(values.get("critical_alerts")).toEqual([]);
  });

  test("is not missed where neither gate nor alerts need it", async () => {
    const sighted = { ...policy, alerts: policy.alerts.filter(({ blind }) => !blind) };
    const state = rollingOut(policy, { plan: "hybrid", startedAt: NOW });
    const gates = new Map(
      [...policy.gates].map(([name, gate]) => [
        name,
        { ...gate, criteria: gate.criteria.filter(({ source }) => source === "prometheus") },
      ]),
    );
    const tools = { metrics: metricsOf(good), alerts: null, clock };
    expect((await gatherEvidence(tools, { ...sighted, gates }, state)).blindness).toEqual([]);
    expect((await gatherEvidence(tools, { ...policy, gates }, state)).blindness).toHaveLength(1);
  });
});

describe("the Watchdog", () => {
  const heard = (startedAgo: number, watchdogAgo: number | null) =>
    gather(
      {},
      rollingOut(policy, {
        plan: "hybrid",
        startedAt: NOW - startedAgo,
        watchdog: watchdogAgo === null ? null : NOW - watchdogAgo,
      }),
    ).then(({ blindness }) => blindness);

  test("is lost when it was not heard for longer than the policy says", async () => {
    expect(await heard(60 * MINUTE, 3 * MINUTE)).toEqual([]);
    expect(await heard(60 * MINUTE, 3 * MINUTE + 1)).toEqual(["the Watchdog was not heard for 3m"]);
    expect(await heard(60 * MINUTE, 4 * MINUTE + 7_999)).toEqual(["the Watchdog was not heard for 4m7s"]);
  });

  test("that was never heard is lost when the rollout is older than that", async () => {
    expect(await heard(3 * MINUTE, null)).toEqual([]);
    expect(await heard(4 * MINUTE, null)).toEqual(["the Watchdog was not heard for 4m"]);
  });

  test("that was lost before the rollout began is lost", async () => {
    expect(await heard(0, 10 * MINUTE)).toEqual(["the Watchdog was not heard for 10m"]);
  });
});

test("whatever is missing is told together", async () => {
  const state = rollingOut(policy, { plan: "hybrid", startedAt: NOW, watchdog: NOW - 4 * MINUTE });
  const { blindness } = await gather({ metrics: null, alerts: null }, state);
  expect(blindness).toEqual([
    "Prometheus is not configured: set ROLLGUARD_PROMETHEUS_URL",
    "Alertmanager is not configured: set ROLLGUARD_ALERTMANAGER_URL",
    "the Watchdog was not heard for 4m",
  ]);
});
