import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sampleDelivery, sampleMessage } from "../../../support/sample-deliveries.ts";
import {
  ended,
  escalated,
  hostile,
  justRolledBack,
  promoted,
  STARTED_AT,
  verified,
} from "../../../support/sample-incidents.ts";
import { type SlackServer, shownText, startSlackServer } from "../../../support/slack-server.ts";
import { botAt, NEVER } from "./bot-at.ts";

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer({ now: STARTED_AT });
});

afterEach(async () => {
  expect(slack.workspace.faults).toEqual([]);
  await slack.stop();
});

/** Serious enough for a message, and not for a channel of its own. */
const mild = { tier: "stage" } as const;
const alerts = () => slack.posts("genesis-alerts");

describe("the bot", () => {
  test("has one message for the incident, written anew as it moves, and a thread", async () => {
    const bot = botAt(slack);
    let receipt = await bot.deliver(sampleDelivery(justRolledBack(mild)), NEVER);
    expect(alerts()).toHaveLength(1);
    expect(shownText(alerts()[0] ?? { text: "", blocks: [] })).toContain("🔴 Rolled back");

    receipt = await bot.deliver(sampleDelivery(verified(mild), { receipt }), NEVER);
    await bot.deliver(sampleDelivery(ended(mild), { receipt }, 2), NEVER);

    const [card, ...others] = alerts();
    expect(others).toEqual([]);
    expect(card?.text).toMatch(/^Genesis: 🏁 Ended after 25m: /);
    expect(card).toMatchObject({ updates: 2, metadata: { event_type: "rollguard_incident" } });
    expect(slack.thread(card).map(shownText)).toEqual([
      "10:15:00 UTC Rolled back (phase): 2 flags off, traffic 60 % → 30 %",
      "10:16:02 UTC Verified: the error rate is 0.04 %, 3 good checks in a row\n3 more alerts asked for nothing more",
      "10:30:00 UTC Acknowledged by ada: a bad index, fixed in 4.2.1\n10:40:00 UTC Ended: all alerts have resolved",
    ]);
  });

  test("does not write a card anew that says the same", async () => {
    const bot = botAt(slack);
    const incident = verified(mild);
    const receipt = await bot.deliver(sampleDelivery(incident, {}, 2), NEVER);
    await bot.deliver(sampleDelivery(incident, { id: "genesis/9-0", receipt }), NEVER);
    expect(slack.calls).toEqual(["chat.postMessage", "chat.postMessage", "chat.postMessage"]);
    expect(alerts()).toHaveLength(1);
    expect(slack.thread(alerts()[0])).toHaveLength(2);
  });

  test("makes one reply of several messages", async () => {
    await botAt(slack).deliver(sampleDelivery(ended(mild), {}, 4), NEVER);
    expect(slack.thread(alerts()[0])).toHaveLength(1);
  });

  test("tells of a message that the incident has no step for in its own words", async () => {
    const incident = promoted();
    const message = sampleMessage(
      incident,
      { at: STARTED_AT, kind: "flags_changed", text: "" },
      { detail: "by ada" },
    );
    await botAt(slack).deliver(sampleDelivery(incident, { messages: [message] }), NEVER);
    expect(slack.thread(alerts()[0]).map(shownText)).toEqual(["10:15:00 UTC Flags changed: by ada"]);
  });

  test("leaves a receipt that the outbox has room for", async () => {
    const receipt = await botAt(slack).deliver(sampleDelivery(hostile()), NEVER);
    expect(JSON.stringify(receipt).length).toBeLessThan(500);
  });

  test("goes where the message's route says", async () => {
    slack.workspace.addChannel("payments");
    const delivery = sampleDelivery(justRolledBack(mild));
    const [message] = delivery.messages;
    await botAt(slack).deliver({ ...delivery, messages: [{ ...message, slackChannel: "#payments" }] }, NEVER);
    expect(slack.posts("payments")).toHaveLength(1);
    expect(alerts()).toEqual([]);
  });

  test("posts the card again where it was deleted or may not be edited any more", async () => {
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack(mild)), NEVER);
    slack.workspace.delete(alerts()[0]?.ts ?? "");
    const second = await bot.deliver(sampleDelivery(verified(mild), { receipt }), NEVER);
    expect(alerts()).toHaveLength(1);
    expect(slack.thread(alerts()[0])).toHaveLength(1);

    slack.fail({ error: "edit_window_closed" }, { on: "chat.update", times: 1 });
    await bot.deliver(sampleDelivery(ended(mild), { receipt: second }), NEVER);
    expect(alerts().map(({ text }) => text.split(" ")[2])).toEqual(["Verified", "Ended"]);
    expect(slack.thread(alerts()[1])).toHaveLength(1);
  });

  test("posts the card again where only its thread tells that it is gone", async () => {
    const bot = botAt(slack);
    const incident = verified(mild);
    const receipt = await bot.deliver(sampleDelivery(incident), NEVER);
    slack.workspace.delete(alerts()[0]?.ts ?? "");
    await bot.deliver(sampleDelivery(incident, { id: "genesis/9-0", receipt }), NEVER);
    expect(alerts()).toHaveLength(1);
    expect(slack.thread(alerts()[0])).toHaveLength(1);
  });

  test("goes to the alerts where the card's channel is gone", async () => {
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack()), NEVER);
    slack.workspace.channel("incident-2026-03-14").isArchived = true;
    const next = await bot.deliver(sampleDelivery(verified(), { receipt }), NEVER);
    expect(next).toMatchObject({ name: "#genesis-alerts" });
    expect(alerts().at(-1)?.text).toContain("✅ Verified");
  });

  test("starts anew from the receipt of another notifier", async () => {
    await botAt(slack).deliver(sampleDelivery(verified(mild), { receipt: { told: true } }), NEVER);
    expect(alerts()).toHaveLength(1);
  });

  test("tells by the text alone what Slack does not like the layout of", async () => {
    slack.fail({ error: "invalid_blocks" }, { on: "chat.postMessage", times: 1 });
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack(mild)), NEVER);
    expect(alerts()).toMatchObject([{ blocks: [], text: expect.stringContaining("Find out why") }]);
    slack.fail({ error: "invalid_blocks" }, { on: "chat.update", times: 1 });
    await bot.deliver(sampleDelivery(verified(mild), { receipt }), NEVER);
    expect(alerts()).toMatchObject([{ blocks: [], text: expect.stringContaining("✅ Verified") }]);
  });

  test("sends a sample that nobody takes for an incident", async () => {
    await expect(botAt(slack).test(justRolledBack(), NEVER)).resolves.toBe("Slack, #genesis-alerts");
    expect(alerts()).toMatchObject([{ text: expect.stringMatching(/^\[TEST\] /), metadata: null }]);
    expect(slack.workspace.channels).toHaveLength(1);
  });

  test("passes on nothing that hostile labels ask for", async () => {
    await botAt(slack).deliver(sampleDelivery(hostile(), {}, 2), NEVER);
    const all = JSON.stringify(slack.workspace.messages);
    expect(all).not.toMatch(/<!|<@|<http|<#(?!C000000002>)/);
  });
});

describe("the incident's own channel", () => {
  const rooms = () => slack.posts("incident-2026-03-14");

  test("has the card; the alerts lead to it", async () => {
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack()), NEVER);
    await bot.deliver(sampleDelivery(verified(), { receipt }), NEVER);
    expect(rooms()).toMatchObject([{ updates: 1 }]);
    expect(slack.thread(rooms()[0])).toHaveLength(2);
    expect(alerts().map(({ text }) => text)).toEqual([
      expect.stringMatching(/^Genesis: 🔴 Rolled back .* → <#C000000002>$/),
    ]);
  });

  test("is shared by the incidents of a day, also where another process has opened it", async () => {
    slack.workspace.addChannel("incident-2026-03-14", { isMember: false });
    await botAt(slack).deliver(sampleDelivery(justRolledBack()), NEVER);
    await botAt(slack).deliver(sampleDelivery(justRolledBack({ subject: "rb-500-zzz" })), NEVER);
    expect(rooms()).toHaveLength(2);
    expect(alerts()).toHaveLength(2);
  });

  test.each([
    ["the token may create none", () => slack.workspace.scopes.delete("channels:manage")],
    [
      "the workspace lets nobody",
      () => slack.fail({ error: "restricted_action" }, { on: "conversations.create" }),
    ],
    [
      "somebody has made it private",
      () => slack.workspace.addChannel("incident-2026-03-14", { isPrivate: true, isMember: false }),
    ],
    [
      "somebody has archived it",
      () => slack.workspace.addChannel("incident-2026-03-14", { isArchived: true }),
    ],
    [
      "only few may write to it",
      () => slack.fail({ error: "restricted_action" }, { on: "chat.postMessage", times: 1 }),
    ],
  ])("is done without where %s, for the whole incident", async (_why, arrange) => {
    arrange();
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack()), NEVER);
    slack.heal();
    slack.workspace.scopes.add("channels:manage");
    await bot.deliver(sampleDelivery(escalated(), { receipt }), NEVER);
    expect(rooms()).toEqual([]);
    expect(alerts()).toMatchObject([{ updates: 1 }]);
    expect(slack.thread(alerts()[0])).toHaveLength(2);
  });

  test("is waited for only so long", async () => {
    slack.fail({ status: 503 }, { on: "conversations.create" });
    const bot = botAt(slack);
    const delivery = sampleDelivery(justRolledBack());
    await expect(bot.deliver(delivery, NEVER)).rejects.toMatchObject({ kind: "unavailable" });
    expect(slack.workspace.messages).toEqual([]);
    await bot.deliver({ ...delivery, attempt: 3 }, NEVER);
    expect(alerts()).toHaveLength(1);
  });

  test("is not for what is none", async () => {
    const bot = botAt(slack, { incidentChannelOf: () => null });
    await bot.deliver(sampleDelivery(justRolledBack()), NEVER);
    await botAt(slack).deliver(sampleDelivery(promoted()), NEVER);
    expect(slack.workspace.channels).toHaveLength(1);
    expect(alerts()).toHaveLength(2);
  });
});
