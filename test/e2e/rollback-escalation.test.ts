import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { isMap, isSeq, parseDocument } from "yaml";
import type { ApplicationView } from "../../src/app/describe-application.ts";
import type { RollbackTimeline } from "../../src/app/describe-rollback.ts";
import { type GenesisStack, startGenesisStack } from "../support/genesis-stack.ts";
import {
  type PagerDutyIncident,
  type PagerDutyServer,
  startPagerDutyServer,
} from "../support/pagerduty-server.ts";
import { ROUTING_KEY, toldByRollguard } from "../support/told-by-rollguard.ts";
import { until } from "../support/until.ts";

const APPLICATION = "genesis";
const TESTS = "TestPassRateCritical";
const TRAFFIC = "phase_4_deployment";
/** The flag that the trigger of this test names, another one of Phase 6, and one of Phase 5. */
const [NAMED, OTHER, AGENTS] = [
  "vllm_caching_enabled",
  "sglang_router_enabled",
  "darwin_integration_enabled",
];
const GIVE_UP = "4s";
const TURNED_ON = new Map([
  [TRAFFIC, 60],
  [NAMED, 100],
  [OTHER, 100],
  [AGENTS, 100],
]);

// Prometheus alone says whether a tier has helped, and nobody helps the verification on: one fault that the third tier
// cures, and one that nothing cures. The steps build on each other.
describe("a fault that the first tier does not cure", () => {
  let stack: GenesisStack;
  let pagerDuty: PagerDutyServer;

  beforeAll(async () => {
    pagerDuty = await startPagerDutyServer();
    stack = await startGenesisStack({
      store: "redis",
      quick: [TESTS],
      turnedOn: TURNED_ON,
      giveUpAfter: GIVE_UP,
      groupInterval: "1s",
      edit: (policy) => toldByRollguard(namingOneFlag(policy)),
      env: { PAGERDUTY_ROUTING_KEY: ROUTING_KEY, PAGERDUTY_EVENTS_URL: pagerDuty.url },
    });
    await until(
      "Prometheus to see a healthy application",
      () => stack.prometheus.query("error_rate >= 0 and on() test_pass_rate > 98 and on() p95_latency > 0"),
      (series) => series.length > 0,
      { onFailure: stack.report },
    );
  }, 60_000);

  afterAll(async () => {
    await stack?.stop();
    await pagerDuty?.stop();
  });

  const reaches = (what: string, accept: (seen: ApplicationView) => boolean): Promise<ApplicationView> =>
    until(what, () => stack.rollguard.application(APPLICATION), accept, {
      within: 60_000,
      onFailure: stack.report,
    });

  async function exposures(): Promise<Record<string, number | undefined>> {
    const flags = await stack.rollguard.flags(APPLICATION);
    return Object.fromEntries([...TURNED_ON.keys()].map((key) => [key, flags.get(key)?.exposure]));
  }

  async function givesUpAfter(time: string): Promise<void> {
    const { policy, rollguard } = stack;
    await rollguard.editPolicy(policy.replace(`giveUpAfter: ${GIVE_UP}`, `giveUpAfter: ${time}`));
    expect((await fetch(`${rollguard.url}/-/reload`, { method: "POST" })).status).toBe(200);
  }

  /** What its flags were lowered to, step by step. */
  function steps({ events }: RollbackTimeline): string[] {
    return events
      .filter(({ reason }) => reason !== "resolved")
      .map(({ reason, tier, actor, traffic, ended }) => {
        const to = traffic === null ? "" : `, traffic ${traffic.after}`;
        return `${reason} ${tier} by ${actor}${to}${ended ? ", ended" : ""}`;
      });
  }

  /** The pages of a rollback, when they are as they are meant to be. */
  const paged = (rollback: string, accept: (pages: readonly PagerDutyIncident[]) => boolean) =>
    until(
      `the page of ${rollback}`,
      () => pagerDuty.incidents.filter(({ dedupKey }) => dedupKey === `rollguard/${APPLICATION}/${rollback}`),
      accept,
      { onFailure: () => JSON.stringify(pagerDuty.events) },
    );

  let first: RollbackTimeline;

  test("escalates tier by tier until one helps, and stops there: it is stable", async () => {
    stack.app.passTests(90);
    const { rollback } = await reaches("the rollback", (seen) => seen.rollback !== null);
    // The new agents break the tests: as soon as nobody meets them, the tests pass. On a slow machine it may take long
    // until Prometheus has seen that.
    await reaches("the tier that turns Phase 5 off", ({ traffic }) => traffic === 0);
    await givesUpAfter("1h");
    stack.app.recover();

    await reaches("the end of the episode", (seen) => seen.rollback === null);
    first = await stack.rollguard.timeline(APPLICATION, rollback?.id ?? "");
    expect(first).toMatchObject({ tier: "safe-state", trigger: TESTS, status: "verified", open: false });
    expect(first.events[0]?.flags.map(({ flag }) => flag)).toEqual([NAMED]);
    const [began, ...rest] = steps(first);
    expect([began, ...rest.map((step) => step.replace(", ended", ""))]).toEqual([
      "rolled_back flag by alertmanager, traffic 60",
      "verification_failed flag by clock",
      "escalated stage by clock, traffic 30",
      "verification_failed stage by clock",
      "escalated safe-state by clock, traffic 0",
      "verified safe-state by clock",
    ]);
    expect(first.events.filter(({ ended }) => ended)).toEqual(first.events.slice(-1));
    expect(await exposures()).toEqual({ [TRAFFIC]: 0, [NAMED]: 0, [OTHER]: 0, [AGENTS]: 0 });
    const [page, ...others] = await paged(first.id, ([one]) => one?.status === "resolved");
    expect(others).toEqual([]);
    expect(page?.log.filter((action) => action === "resolve")).toHaveLength(1);
  }, 90_000);

  test("that nothing cures ends in failed, with one page that says so, and is left alone then", async () => {
    // Only an operator brings back what was rolled back.
    const flags = [...TURNED_ON].map(([key, rolloutPercentage]) => ({
      key,
      enabled: true,
      rolloutPercentage,
    }));
    const restored = { flags, acknowledge: true, reason: "the agents are mended" };
    expect(await stack.rollguard.command(APPLICATION, "restore", restored)).toMatchObject({ status: 200 });
    expect(await exposures()).toEqual(Object.fromEntries(TURNED_ON));
    await givesUpAfter("2s");

    stack.app.passTests(80);
    const seen = await reaches("the failure", ({ rollback }) => rollback?.status === "failed");
    const failed = await stack.rollguard.timeline(APPLICATION, seen.rollback?.id ?? "");
    expect(failed).toMatchObject({ tier: "emergency", status: "failed", open: true, verifiedAt: null });
    const ladder = [
      "rolled_back flag by alertmanager, traffic 60",
      "verification_failed flag by clock",
      "escalated stage by clock, traffic 30",
      "verification_failed stage by clock",
      "escalated safe-state by clock, traffic 0",
      "verification_failed safe-state by clock",
      "escalated emergency by clock, traffic 0",
      "verification_failed emergency by clock",
    ];
    expect(steps(failed)).toEqual(ladder);
    expect(failed.id).not.toBe(first.id);

    // It is looked at further, and nobody hears of that.
    const looked = failed.verification?.last?.at;
    await until(
      "one more look",
      () => stack.rollguard.timeline(APPLICATION, failed.id),
      ({ verification }) => verification?.last?.at !== looked,
      { within: 40_000, onFailure: stack.report },
    );
    expect(steps(await stack.rollguard.timeline(APPLICATION, failed.id))).toEqual(ladder);
    const failure = () => pagerDuty.events.findLast((event) => event.event_action === "trigger");
    const pages = await paged(failed.id, () => /FAILED/.test(JSON.stringify(failure()?.payload)));
    expect(pages).toMatchObject([{ status: "triggered" }]);
    expect(failure()?.payload).toMatchObject({ severity: "critical", class: TESTS });
    expect(JSON.stringify(failure()?.payload.custom_details)).toContain(
      `no tier helped: ${TESTS} is still true`,
    );
    expect(await stack.rollguard.application(APPLICATION)).toMatchObject({
      traffic: 0,
      rollback: { id: failed.id, status: "failed" },
    });
  }, 90_000);
});

/** The first tier that the trigger calls for is the mildest one. */
function namingOneFlag(policy: string): string {
  const document = parseDocument(policy);
  const alerts = document.get("alerts");
  if (!isSeq(alerts)) throw new Error("the policy has no alerts");
  const trigger = alerts.items.find((alert) => isMap(alert) && alert.get("alert") === TESTS);
  if (!isMap(trigger)) throw new Error(`the policy has no ${TESTS}`);
  trigger.set("rollback", "flag");
  trigger.set("flags", [NAMED]);
  return document.toString();
}
