import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { EventView } from "../../src/app/describe-event.ts";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import { until } from "../support/until.ts";

const TRAFFIC_FLAG = "phase_4_deployment";
const HEALTH_CHECKS = "HealthChecksFailing";
/** A rollback that lowers traffic, for another reason. */
const TESTS = "TestPassRateCritical";
const TRAFFIC = 'rollguard_traffic_percentage:known{application="genesis"}';

// The same fault is tolerated at one size of the rollout and not at another: Prometheus learns the size from
// Rollguard itself. The steps build on each other.
describe("a trigger whose limit depends on the traffic", () => {
  let stack: GenesisStack;

  beforeAll(async () => {
    const turnedOn = new Map([[TRAFFIC_FLAG, 60]]);
    const quick = [TESTS, HEALTH_CHECKS];
    stack = await startGenesisStack({ store: "embedded", quick, turnedOn, giveUpAfter: "2m" });
  }, 60_000);

  afterAll(() => stack?.stop());

  /** Waits until Prometheus has seen `value`, and has judged its rules on it since. */
  async function seen(expr: string, value: number): Promise<void> {
    const read = (query: string) => async (): Promise<number> =>
      (await stack.prometheus.query(query))[0]?.value ?? Number.NaN;
    await until(`${expr} = ${value}`, read(expr), (now) => now === value, { onFailure: stack.report });
    const judged =
      'min(prometheus_rule_group_last_evaluation_timestamp_seconds{rule_group=~".*;genesis-.*"})';
    const moment = Date.now() / 1_000;
    // Twice `for`, so that what is pending would be firing.
    await until("the rules to be judged on it", read(judged), (last) => last > moment + 3, {
      onFailure: stack.report,
    });
  }

  async function eventOf(alert: string, reason: EventView["reason"]): Promise<EventView> {
    const events = await until(
      `the event ${reason} of ${alert}`,
      () => stack.rollguard.events("genesis"),
      (all) => all.some((event) => event.alert?.name === alert && event.reason === reason),
      { onFailure: stack.report },
    );
    return events.find((event) => event.alert?.name === alert && event.reason === reason) as EventView;
  }

  test("at 60 % of the traffic a fourth failed check in a row is not too many", async () => {
    await seen(TRAFFIC, 60);
    stack.app.failHealthChecks(4);
    await seen('health_check_failures{application="genesis"}', 4);
    const alerts = await stack.prometheus.alerts();
    expect(alerts.map(({ labels }) => labels.alertname)).not.toContain(HEALTH_CHECKS);
    expect(await stack.rollguard.events("genesis")).toEqual([]);
  });

  test("at 30 % the same four are: what lowered the traffic is escalated", async () => {
    stack.app.passTests(90);
    expect(await eventOf(TESTS, "rolled_back")).toMatchObject({
      tier: "phase",
      traffic: { before: 60, after: 30 },
    });
    expect(await eventOf(HEALTH_CHECKS, "escalated")).toMatchObject({
      tier: "safe-state",
      traffic: { before: 30, after: 0 },
    });
  });

  test("at 0 % the alert stays: the limit of the smallest stage covers it", async () => {
    await seen(TRAFFIC, 0);
    const alerts = await stack.prometheus.alerts();
    expect(alerts).toContainEqual(
      expect.objectContaining({
        state: "firing",
        labels: expect.objectContaining({ alertname: HEALTH_CHECKS, rollback: "safe-state" }),
      }),
    );
  });
});
