import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import type { Incident } from "../../../../src/app/notify/incident.ts";
import type { Delivery } from "../../../../src/app/notify/notifier.ts";
import type { Receipt } from "../../../../src/app/outbox.ts";
import { sampleDelivery } from "../../../support/sample-deliveries.ts";
import { ended, escalated, justRolledBack, STARTED_AT } from "../../../support/sample-incidents.ts";
import { type SlackServer, startSlackServer } from "../../../support/slack-server.ts";
import { botAt, failureOf, NEVER } from "./bot-at.ts";

let slack: SlackServer;
/** Of a flag's rollback, whose card is in the alerts channel. */
let receipt: Receipt;

beforeEach(async () => {
  slack = await startSlackServer({ now: STARTED_AT, channels: ["genesis-alerts", "war-room"] });
  receipt = await botAt(slack).deliver(sampleDelivery(justRolledBack({ tier: "flag" })), NEVER);
});

afterEach(async () => {
  expect(slack.workspace.faults).toEqual([]);
  await slack.stop();
});

const alerts = () => slack.posts("genesis-alerts");
const warRoom = () => slack.posts("war-room");
const rooms = () => slack.posts("incident-2026-03-14");
const leadsToTheAlerts = { text: expect.stringMatching(/^Genesis: 🔴 Escalated .* → <#C000000001>$/) };

/** The last message goes where a route says. */
function routed(incident: Incident, slackChannel: string, over: Partial<Delivery> = {}): Delivery {
  const delivery = sampleDelivery(incident, { receipt, ...over });
  const [message] = delivery.messages;
  return { ...delivery, messages: [{ ...message, slackChannel }] };
}

describe("an incident that grows worse", () => {
  test("is led to from where its messages are routed by then, and from a channel of its own; once", async () => {
    const bot = botAt(slack);
    const incident = escalated({ tier: "emergency" });
    const next = await bot.deliver(routed(incident, "#war-room"), NEVER);
    expect(warRoom()).toMatchObject([leadsToTheAlerts]);
    expect(rooms()).toMatchObject([leadsToTheAlerts]);
    expect(alerts()).toMatchObject([{ updates: 1 }]);
    expect(slack.thread(alerts()[0])).toHaveLength(2);

    const over = ended({ tier: "emergency" });
    await bot.deliver(routed(over, "#war-room", { receipt: next, id: "genesis/9-0" }), NEVER);
    expect([warRoom(), rooms(), alerts()].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(slack.thread(alerts()[0])).toHaveLength(3);
  });

  test("is led to from everywhere that one delivery of several messages goes", async () => {
    const delivery = sampleDelivery(escalated({ subject: "rb-500-zzz", tier: "stage" }), {}, 2);
    const [first, second] = delivery.messages;
    if (second === undefined) throw new Error("there is no second message");
    const messages = [first, { ...second, slackChannel: "#war-room" }] as const;
    await botAt(slack).deliver({ ...delivery, messages }, NEVER);
    expect(alerts()).toHaveLength(2);
    expect(warRoom()).toMatchObject([leadsToTheAlerts]);
  });

  test("is led to once when Slack's answers were lost, also by another process", async () => {
    slack.fail({ connection: "drops-afterwards" }, { on: "chat.postMessage", times: 1 });
    const delivery = routed(escalated(), "#war-room");
    expect((await failureOf(botAt(slack).deliver(delivery, NEVER))).kind).toBe("unavailable");
    slack.fail({ connection: "drops-afterwards" }, { on: "chat.postMessage", times: 1 });
    const bot = botAt(slack);
    expect((await failureOf(bot.deliver({ ...delivery, attempt: 2 }, NEVER))).kind).toBe("unavailable");
    await bot.deliver({ ...delivery, attempt: 3 }, NEVER);
    expect([warRoom(), rooms(), alerts()].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(slack.thread(alerts()[0])).toHaveLength(2);
  });

  test("is told in its thread, and elsewhere, also where a routed channel is not there", async () => {
    const bot = botAt(slack);
    const delivery = routed(escalated(), "#nowhere");
    const error = await failureOf(bot.deliver(delivery, NEVER));
    expect(error).toMatchObject({ kind: "refused", message: expect.stringContaining("#nowhere") });
    expect(rooms()).toHaveLength(1);
    expect(slack.thread(alerts()[0])).toHaveLength(2);

    slack.workspace.addChannel("nowhere");
    await bot.deliver({ ...delivery, attempt: 2 }, NEVER);
    expect([slack.posts("nowhere"), rooms(), alerts()].map(({ length }) => length)).toEqual([1, 1, 1]);
    expect(slack.thread(alerts()[0])).toHaveLength(2);
  });

  test("does without a channel of its own where there can be none", async () => {
    slack.workspace.scopes.delete("channels:manage");
    const next = await botAt(slack).deliver(sampleDelivery(escalated(), { receipt }), NEVER);
    slack.workspace.scopes.add("channels:manage");
    await botAt(slack).deliver(sampleDelivery(ended(), { receipt: next }), NEVER);
    expect(rooms()).toEqual([]);
    expect(slack.thread(alerts()[0])).toHaveLength(3);
  });

  test("is led to still after its card was posted again", async () => {
    const next = await botAt(slack).deliver(routed(escalated(), "#war-room"), NEVER);
    slack.workspace.delete(alerts()[0]?.ts ?? "");
    await botAt(slack).deliver(routed(ended(), "#war-room", { receipt: next }), NEVER);
    expect([warRoom(), rooms(), alerts()].map(({ length }) => length)).toEqual([1, 1, 1]);
  });

  test("keeps of the channels that lead to it the last ten", async () => {
    let next: Receipt = receipt;
    for (let index = 0; index < 12; index++) {
      slack.workspace.addChannel(`team-${index}`);
      const over = { receipt: next, id: `genesis/${20 + index}-0` };
      next = await botAt(slack).deliver(routed(escalated({ tier: "stage" }), `#team-${index}`, over), NEVER);
    }
    const last = Array.from({ length: 10 }, (_, index) => `#team-${index + 2}`);
    expect(next).toMatchObject({ pointed: last.join(" ") });
  });

  test("has its card still by a receipt of before there were several pointers", async () => {
    await botAt(slack).deliver(
      sampleDelivery(escalated({ tier: "stage" }), { receipt: { ...receipt, pointed: true } }),
      NEVER,
    );
    expect(alerts()).toMatchObject([{ updates: 1 }]);
  });
});
