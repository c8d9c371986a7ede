import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import { justRolledBack, STARTED_AT } from "../../../support/sample-incidents.ts";
import { type SlackFault, type SlackServer, startSlackServer } from "../../../support/slack-server.ts";
import { until } from "../../../support/until.ts";
import { botAt, failureOf, NEVER } from "./bot-at.ts";

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer({ now: STARTED_AT });
});

afterEach(() => slack.stop());

const delivery = sampleDelivery(justRolledBack({ tier: "stage" }));
const deliver = (over: Parameters<typeof botAt>[1] = {}) =>
  failureOf(botAt(slack, over).deliver(delivery, NEVER));

describe("Slack is not there", () => {
  test.each<[string, SlackFault, string]>([
    ["is told when to come again", { status: 429, retryAfter: 30 }, "Slack limits the rate"],
    ["limits the rate in so many words", { error: "ratelimited" }, "Slack limits the rate"],
    ["limits the rate and does not say for how long", { status: 429 }, "Slack limits the rate"],
    ["fails", { status: 500, body: "oops" }, "Slack answered 500"],
    ["fails in its own words", { error: "internal_error" }, "Slack is not well: internal_error"],
    [
      "answers no JSON",
      { status: 200, body: "<html>Sign in</html>" },
      "Slack answered something unknown on chat.postMessage",
    ],
    ["answers null", { status: 200, body: "null" }, "Slack answered something unknown on chat.postMessage"],
    [
      "answers without what was asked",
      { status: 200, body: '{"ok":true}' },
      "Slack answered something unknown on chat.postMessage",
    ],
    ["cuts the connection", { connection: "drops" }, "Slack does not answer: UND_ERR_SOCKET"],
  ])("and %s", async (_how, fault, message) => {
    slack.fail(fault);
    const error = await deliver();
    expect(error).toMatchObject({ kind: "unavailable", message });
    expect(error.retryAfter).toBe("retryAfter" in fault ? 30_000 : null);
  });

  test("and does not answer in time", async () => {
    slack.fail({ connection: "hangs" });
    const error = await deliver({ timeout: 50 });
    expect(error).toMatchObject({ kind: "unavailable", message: "Slack does not answer: no answer in time" });
  });

  test("and its port is closed, or speaks no TLS", async () => {
    const tls = await deliver({ apiUrl: slack.apiUrl.replace("http:", "https:") });
    expect(tls).toMatchObject({
      kind: "unavailable",
      message: "Slack does not answer: ERR_SSL_WRONG_VERSION_NUMBER",
    });
    await slack.stop();
    expect(await deliver()).toMatchObject({
      kind: "unavailable",
      message: "Slack does not answer: ECONNREFUSED",
    });
  });

  test("and Rollguard stops", async () => {
    slack.fail({ connection: "hangs" });
    const stopping = new AbortController();
    const failure = failureOf(botAt(slack).deliver(delivery, stopping.signal));
    await until(
      "the call",
      () => slack.calls,
      (calls) => calls.length === 1,
      { every: 5 },
    );
    stopping.abort();
    expect(await failure).toMatchObject({
      kind: "unavailable",
      message: "Slack was not told: Rollguard is stopping",
    });
  });
});

describe("Slack refuses, and it is told what to do", () => {
  test.each<[SlackFault, string]>([
    [{ error: "invalid_auth" }, "Slack does not accept the bot token (invalid_auth): set SLACK_BOT_TOKEN"],
    [{ error: "account_inactive" }, "Slack does not accept the bot token (account_inactive)"],
    [{ error: "token_revoked" }, "Slack does not accept the bot token (token_revoked)"],
    [
      { error: "channel_not_found" },
      "Slack does not know the channel #genesis-alerts: create it, or invite the app",
    ],
    [{ error: "is_archived" }, "the channel #genesis-alerts is archived in Slack: unarchive it"],
    [
      { error: "restricted_action" },
      "Slack does not let the app write to the channel #genesis-alerts (restricted_action)",
    ],
    [{ error: "no_text" }, "Slack refuses chat.postMessage: no_text; docs.slack.dev"],
    [{ status: 403, body: "no way" }, "Slack answered 403: is there a proxy"],
    [{ status: 302, body: "" }, "Slack answered 302: is there a proxy"],
  ])("%j", async (fault, message) => {
    slack.fail(fault);
    const error = await deliver();
    expect(error.kind).toBe("refused");
    expect(error.message).toContain(message);
  });

  test("which scope is missing", async () => {
    slack.workspace.scopes.delete("chat:write");
    expect((await deliver()).message).toBe(
      "the Slack app lacks the scope chat:write: add it, and install the app again",
    );
  });

  test("which channel is not there, also to a sample", async () => {
    const bot = botAt(slack, { alertsChannelOf: () => "#nowhere" });
    expect((await failureOf(bot.test(justRolledBack(), NEVER))).message).toContain("the channel #nowhere");
  });

  test("that it must be invited where it cannot join, and joins where it can", async () => {
    slack.workspace.channel("genesis-alerts").isMember = false;
    slack.workspace.scopes.delete("channels:join");
    expect(await deliver()).toMatchObject({
      kind: "refused",
      message: "the Slack app is not in the channel #genesis-alerts: invite it",
    });
    slack.workspace.scopes.add("channels:join");
    await botAt(slack).deliver(delivery, NEVER);
    expect(slack.posts("genesis-alerts")).toHaveLength(1);
  });

  test("without the token, whatever goes wrong", async () => {
    const token = "xoxb-1-very-secret";
    for (const fault of [
      { error: "invalid_auth" },
      { status: 500, body: token },
      { error: token },
    ] as const) {
      slack.fail(fault);
      const error = await deliver({ token });
      expect(`${error.message} ${error.stack} ${JSON.stringify(error)} ${String(error.cause)}`).not.toContain(
        token,
      );
      slack.heal();
    }
  });
});
