import { readFile } from "node:fs/promises";
import { afterEach, describe, expect, test } from "@jest/globals";
import { type PagerDutyServer, startPagerDutyServer } from "../support/pagerduty-server.ts";
import { startRedis } from "../support/redis-server.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { type SlackServer, startSlackServer } from "../support/slack-server.ts";
import { Stopper } from "../support/stopper.ts";
import { ROUTING_KEY } from "../support/told-by-rollguard.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const TOKEN = "a-token-that-only-this-test-knows";
const BOT = "xoxb-a-bot-of-this-test";

let running: Stopper;
let slack: SlackServer;
let pagerDuty: PagerDutyServer;

afterEach(() => running.stop());

async function started(responders: number, redisUrl?: string): Promise<RollguardServer[]> {
  slack = await running.start(startSlackServer({ token: BOT }));
  pagerDuty = await running.start(startPagerDutyServer());
  const policy = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  const env = {
    SLACK_BOT_TOKEN: BOT,
    SLACK_API_URL: slack.apiUrl,
    PAGERDUTY_ROUTING_KEY: ROUTING_KEY,
    PAGERDUTY_EVENTS_URL: pagerDuty.url,
    ROLLGUARD_REPORTS: "none",
  };
  const options = { policy, webhookToken: TOKEN, env, ...(redisUrl === undefined ? {} : { redisUrl }) };
  return await Promise.all(Array.from({ length: responders }, () => running.start(startRollguard(options))));
}

async function fires(at: RollguardServer | undefined, alertname: string, instance: string): Promise<void> {
  const labels = { application: "genesis", instance };
  const reply = await fetch(at?.webhook ?? "", {
    method: "POST",
    headers: { Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify(webhookBody([alertBody(alertname, { labels })])),
  });
  expect(reply.status).toBe(200);
}

/** Cards of incidents, without the pointers to them. */
function cards(): string[] {
  const all = slack.workspace.messages.filter(({ thread }) => thread === null);
  return all.filter(({ metadata }) => metadata?.event_type === "rollguard_incident").map(({ text }) => text);
}

const isEmpty = (at: RollguardServer | undefined): Promise<void> =>
  until(
    "the outbox to be empty",
    async () =>
      (await (await fetch(`${at?.url}/api/v1/applications/genesis/outbox`)).json()) as { waiting: number },
    ({ waiting }) => waiting === 0,
    { onFailure: () => at?.report() ?? "" },
  ).then(() => undefined);

describe("people are told of an incident once", () => {
  test("though its responder was killed between the commit and the delivery", async () => {
    running = new Stopper();
    const [responder] = await started(1);
    slack.fail({ connection: "hangs" });
    await fires(responder, "LatencyExtreme", "a:1");
    await until(
      "Slack to be asked",
      () => slack.calls.length,
      (calls) => calls > 0,
    );
    await responder?.kill();
    slack.heal();
    await responder?.restart();
    await isEmpty(responder);
    expect(cards()).toHaveLength(1);
    expect(pagerDuty.incidents).toMatchObject([{ status: "triggered" }]);
    expect(slack.workspace.faults).toEqual([]);
  }, 60_000);

  test("by one of two responders, whichever took its alerts", async () => {
    running = new Stopper();
    const redis = await running.start(startRedis());
    const [one, other] = await started(2, redis.url);
    const alerts = Array.from({ length: 12 }, (_, index) => `instance-${index}:1`);
    await Promise.all(
      alerts.map((instance, index) => fires(index % 2 ? one : other, "LatencyExtreme", instance)),
    );
    await Promise.all([fires(one, "ErrorRateSpike", "a:1"), fires(other, "ErrorRateSpike", "a:1")]);
    await isEmpty(one);
    expect(cards()).toHaveLength(1);
    expect(pagerDuty.incidents).toHaveLength(1);
    expect(new Set(pagerDuty.events.map(({ dedup_key }) => dedup_key)).size).toBe(1);
    expect(slack.workspace.faults).toEqual([]);
  }, 60_000);
});
