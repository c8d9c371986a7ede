import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { SlackWebhook } from "../../../../src/adapters/notify/slack/slack-webhook.ts";
import type { Incident } from "../../../../src/app/notify/incident.ts";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import * as samples from "../../../support/sample-incidents.ts";
import {
  type SlackFault,
  type SlackServer,
  shownText,
  startSlackServer,
} from "../../../support/slack-server.ts";
import { failureOf, NEVER } from "./bot-at.ts";
import { expectGolden } from "./golden.ts";

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer();
});

afterEach(async () => {
  expect(slack.workspace.faults).toEqual([]);
  await slack.stop();
});

const hook = (over: { timeout?: number; url?: string } = {}) =>
  new SlackWebhook({ url: slack.webhookUrl, ...over });
const posts = () => slack.posts("genesis-alerts");
const told = { told: true };

describe("the incoming webhook", () => {
  test("posts the incident, and then each thing that matters", async () => {
    let receipt = await hook().deliver(sampleDelivery(samples.justRolledBack()), NEVER);
    receipt = await hook().deliver(sampleDelivery(samples.verified(), { receipt }), NEVER);
    receipt = await hook().deliver(sampleDelivery(samples.ended(), { receipt }, 2), NEVER);
    expect(receipt).toEqual(told);
    expect(posts().map(({ text }) => text.split(" ")[2])).toEqual(["Rolled", "Verified", "Ended"]);
    expect(
      posts().map(({ text, blocks }) => shownText({ text, blocks }).match(/^\d\d:\d\d:\d\d UTC /gm)),
    ).toEqual([["10:15:00 UTC "], ["10:16:02 UTC "], ["10:30:00 UTC ", "10:40:00 UTC "]]);
    for (const [index, { text, blocks }] of posts().entries())
      expectGolden(`webhook-${index + 1}`, { text, blocks });
  });

  test.each<[string, Incident]>([
    ["escalated", samples.escalated()],
    ["unverified", samples.unverified()],
    ["failed", samples.failed()],
    ["promoted", samples.promoted()],
    ["held", samples.held()],
    ["completed", samples.completed()],
    ["kept back once more, long after it was first told", samples.keptBack()],
  ])("posts what is %s", async (_kind, incident) => {
    await hook().deliver(sampleDelivery(incident, { receipt: told }), NEVER);
    expect(posts()).toHaveLength(1);
  });

  test("sends a marked sample", async () => {
    const where = await hook().test(samples.justRolledBack(), NEVER);
    expect(where).toBe("Slack, the channel of the incoming webhook");
    expect(posts()).toMatchObject([{ text: expect.stringMatching(/^\[TEST\] /) }]);
  });

  test("tells by the text alone what Slack does not like the layout of", async () => {
    slack.fail({ error: "invalid_blocks", status: 400 }, { times: 1 });
    await hook().deliver(sampleDelivery(samples.justRolledBack()), NEVER);
    expect(posts()).toMatchObject([{ blocks: [], text: expect.stringContaining("Rolled back") }]);
  });

  test("does nothing that hostile labels ask for", async () => {
    await hook().deliver(sampleDelivery(samples.hostile(), {}, 2), NEVER);
    expect(JSON.stringify(posts())).not.toMatch(/<[!@#h]/);
  });
});

describe("what goes wrong with it", () => {
  test.each<[SlackFault, "unavailable" | "refused", string]>([
    [{ status: 429, retryAfter: 12 }, "unavailable", "Slack limits the rate"],
    [{ status: 500, body: "rollup_error" }, "unavailable", "Slack answered 500"],
    [
      { status: 200, body: "<html>" },
      "unavailable",
      "Slack answered something unknown on the incoming webhook",
    ],
    [{ connection: "drops" }, "unavailable", "Slack does not answer: UND_ERR_SOCKET"],
    [
      { error: "invalid_token" },
      "refused",
      "Slack does not accept the incoming webhook (invalid_token): create a new",
    ],
    [
      { error: "no_service", status: 404 },
      "refused",
      "Slack does not accept the incoming webhook (no_service)",
    ],
    [
      { error: "channel_is_archived", status: 410 },
      "refused",
      "the channel of the Slack incoming webhook is archived",
    ],
    [
      { error: "channel_not_found", status: 404 },
      "refused",
      "the channel of the Slack incoming webhook is gone",
    ],
    [{ error: "action_prohibited" }, "refused", "Slack does not let the incoming webhook post"],
    [{ error: "no_text", status: 400 }, "refused", "Slack refuses the message: no_text"],
    [{ status: 302, body: "" }, "refused", "Slack answered 302: is there a proxy"],
    [{ status: 401, body: "<html>" }, "refused", "Slack answered 401"],
  ])("%j is %s", async (fault, kind, message) => {
    slack.fail(fault);
    const error = await failureOf(hook().deliver(sampleDelivery(samples.verified()), NEVER));
    expect(error.kind).toBe(kind);
    expect(error.message).toContain(message);
    expect(error.retryAfter).toBe("retryAfter" in fault ? 12_000 : null);
    expect(`${error.message} ${error.stack} ${String(error.cause)}`).not.toContain("sEcReT");
  });

  test("no answer in time, a closed port, no TLS, another path", async () => {
    const failure = async (over: Parameters<typeof hook>[0]) =>
      (await failureOf(hook(over).test(samples.verified(), NEVER))).message;
    expect(await failure({ url: `${slack.webhookUrl}x` })).toContain("(no_service)");
    expect(await failure({ url: slack.webhookUrl.replace("http:", "https:") })).toContain("ERR_SSL");
    slack.fail({ connection: "hangs" });
    expect(await failure({ timeout: 50 })).toBe("Slack does not answer: no answer in time");
    await slack.stop();
    expect(await failure({})).toBe("Slack does not answer: ECONNREFUSED");
  });

  test("Rollguard is stopping", async () => {
    const error = await failureOf(hook().test(samples.verified(), AbortSignal.abort()));
    expect(error.message).toBe("Slack was not told: Rollguard is stopping");
  });

  test("an address that is none, which is not told", () => {
    for (const url of ["sEcReT", "ftp://hooks.example/sEcReT"]) {
      expect(() => hook({ url })).toThrow(/^SLACK_WEBHOOK_URL is no URL: copy the one that Slack shows/);
    }
  });
});
