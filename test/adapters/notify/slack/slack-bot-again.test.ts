import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import { ended, escalated, justRolledBack, STARTED_AT, verified } from "../../../support/sample-incidents.ts";
import { type SlackServer, startSlackServer } from "../../../support/slack-server.ts";
import { botAt, NEVER } from "./bot-at.ts";

let slack: SlackServer;

beforeEach(async () => {
  slack = await startSlackServer({ now: STARTED_AT });
});

afterEach(async () => {
  expect(slack.workspace.faults).toEqual([]);
  await slack.stop();
});

const mild = { tier: "stage" } as const;
const alerts = () => slack.posts("genesis-alerts");
const rooms = () => slack.posts("incident-2026-03-14");

describe("a delivery that is tried again by another process", () => {
  test("posts nothing twice when the first died before it noted anything", async () => {
    const first = sampleDelivery(justRolledBack());
    await botAt(slack).deliver(first, NEVER);
    await botAt(slack).deliver({ ...first, attempt: 2 }, NEVER);
    expect(rooms()).toHaveLength(1);
    expect(slack.thread(rooms()[0])).toHaveLength(1);
    expect(alerts()).toHaveLength(1);
  });

  test("goes on where the first died: the card is there, the thread is not", async () => {
    const first = sampleDelivery(justRolledBack(mild));
    await botAt(slack).deliver(first, NEVER);
    const [card] = alerts();
    for (const reply of slack.thread(card)) slack.workspace.delete(reply.ts);
    const receipt = await botAt(slack).deliver({ ...first, incident: verified(mild), attempt: 2 }, NEVER);
    expect(alerts()).toMatchObject([{ ts: card?.ts, text: expect.stringContaining("✅ Verified") }]);
    expect(slack.thread(card)).toHaveLength(1);
    expect(receipt).toMatchObject({ ts: card?.ts });
  });

  test("finds the card among others, and in whichever channel it is", async () => {
    const others = Array.from({ length: 450 }, (_, index) => `rb-${index}-other`);
    const incident = justRolledBack();
    slack.workspace.scopes.delete("channels:manage");
    await botAt(slack).deliver(sampleDelivery(incident), NEVER);
    for (const subject of others)
      slack.workspace.add("genesis-alerts", {
        text: "another",
        metadata: { event_type: "rollguard_incident", event_payload: { application: "genesis", subject } },
      });
    slack.workspace.scopes.add("channels:manage");
    await botAt(slack).deliver(sampleDelivery(incident, { attempt: 2 }), NEVER);
    const told = slack.workspace.messages.filter(({ text }) => text !== "another");
    expect(told.map(({ metadata }) => metadata?.event_type)).toEqual([
      "rollguard_incident",
      "rollguard_delivery",
      "rollguard_pointer",
    ]);
    expect(rooms()).toMatchObject([{ text: expect.stringMatching(/→ <#C000000001>$/) }]);
  });

  test("tells in the thread what has piled up since, and nothing twice", async () => {
    const receipt = await botAt(slack).deliver(sampleDelivery(justRolledBack(mild)), NEVER);
    const lost = sampleDelivery(verified(mild), { receipt });
    await botAt(slack).deliver(lost, NEVER);
    const more = sampleDelivery(ended(mild), { id: lost.id, receipt, attempt: 2 }, 3);
    await botAt(slack).deliver(more, NEVER);
    expect(slack.thread(alerts()[0]).map(({ text }) => text.slice(0, 21))).toEqual([
      "10:15:00 UTC Rolled b",
      "10:16:02 UTC Verified",
      "10:40:00 UTC Ended: a",
    ]);
    expect(slack.thread(alerts()[0]).at(-1)?.blocks).toMatchObject([
      { text: { text: expect.stringContaining("Acknowledged by ada") } },
    ]);
  });

  test("posts again where it may not look", async () => {
    slack.workspace.scopes.delete("channels:history");
    const first = sampleDelivery(justRolledBack(mild));
    await botAt(slack).deliver(first, NEVER);
    await botAt(slack).deliver({ ...first, attempt: 2 }, NEVER);
    expect(alerts()).toHaveLength(2);
  });

  test.each(["conversations.list", "conversations.history"])(
    "is there after all while %s is away for ever, twice at worst",
    async (lookup) => {
      const bot = botAt(slack);
      const delivery = sampleDelivery(justRolledBack(mild));
      slack.fail({ status: 500 }, { on: "chat.postMessage", times: 1 });
      slack.fail({ status: 429, retryAfter: 1 }, { on: lookup });
      for (const attempt of [1, 2])
        await expect(bot.deliver({ ...delivery, attempt }, NEVER)).rejects.toMatchObject({
          kind: "unavailable",
        });
      expect(alerts()).toEqual([]);
      await bot.deliver({ ...delivery, attempt: 3 }, NEVER);
      expect(alerts()).toHaveLength(1);
      expect(slack.thread(alerts()[0])).toHaveLength(1);
    },
  );

  test("leads there and tells in the thread after all while nobody can look", async () => {
    slack.fail({ status: 503 }, { on: "conversations.history" });
    slack.fail({ status: 503 }, { on: "conversations.replies" });
    const receipt = await botAt(slack).deliver(sampleDelivery(justRolledBack()), NEVER);
    // Another process: it does not know what the thread tells.
    await botAt(slack).deliver(sampleDelivery(verified(), { receipt, attempt: 3 }), NEVER);
    expect(slack.thread(rooms()[0])).toHaveLength(2);
    await botAt(slack).deliver(sampleDelivery(justRolledBack(), { attempt: 3 }), NEVER);
    expect(alerts()).toHaveLength(2);
  });

  test("waits until it may look", async () => {
    const first = sampleDelivery(justRolledBack(mild));
    await botAt(slack).deliver(first, NEVER);
    slack.fail({ status: 429, retryAfter: 7 }, { on: "conversations.history", times: 1 });
    const again = botAt(slack).deliver({ ...first, attempt: 2 }, NEVER);
    await expect(again).rejects.toMatchObject({ kind: "unavailable", retryAfter: 7_000 });
    expect(alerts()).toHaveLength(1);
  });
});

describe("a delivery that failed half-way", () => {
  test.each([["chat.postMessage"], ["conversations.create"]])(
    "is there once, although Slack's answer to %s was lost",
    async (method) => {
      const bot = botAt(slack);
      const delivery = sampleDelivery(justRolledBack());
      slack.fail({ connection: "drops-afterwards" }, { on: method, times: 1 });
      await expect(bot.deliver(delivery, NEVER)).rejects.toMatchObject({ kind: "unavailable" });
      await bot.deliver({ ...delivery, attempt: 2 }, NEVER);
      expect(rooms()).toHaveLength(1);
      expect(slack.thread(rooms()[0])).toHaveLength(1);
      expect(alerts()).toHaveLength(1);
    },
  );

  test("has each of its parts once, wherever the answer was lost", async () => {
    slack.workspace.addChannel("incident-2026-03-14");
    // First it is the card whose answer is lost, then the pointer, then the reply.
    const bot = botAt(slack);
    const delivery = sampleDelivery(justRolledBack());
    for (let attempt = 1; attempt <= 3; attempt++) {
      slack.fail({ connection: "drops-afterwards" }, { on: "chat.postMessage", times: 1 });
      await expect(bot.deliver({ ...delivery, attempt }, NEVER)).rejects.toMatchObject({
        kind: "unavailable",
      });
    }
    await bot.deliver({ ...delivery, attempt: 4 }, NEVER);
    expect([rooms(), slack.thread(rooms()[0]), alerts()].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  test("is remembered by the process, also where it may not look", async () => {
    slack.workspace.scopes = new Set(["chat:write"]);
    const bot = botAt(slack);
    const receipt = await bot.deliver(sampleDelivery(justRolledBack(mild)), NEVER);
    const next = sampleDelivery(escalated(mild), { receipt });
    slack.fail({ status: 429, retryAfter: 1 }, { on: "chat.postMessage", times: 1 });
    await expect(bot.deliver(next, NEVER)).rejects.toMatchObject({ retryAfter: 1_000 });
    await bot.deliver({ ...next, attempt: 2 }, NEVER);
    expect(alerts()).toMatchObject([{ updates: 1 }]);
    expect(slack.thread(alerts()[0])).toHaveLength(2);
  });
});
