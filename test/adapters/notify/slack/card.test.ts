import { describe, expect, test } from "@jest/globals";
import { cardOf } from "../../../../src/adapters/notify/slack/card.ts";
import { markedSample } from "../../../../src/adapters/notify/slack/marked-sample.ts";
import { pointerTo } from "../../../../src/adapters/notify/slack/pointer.ts";
import { addressOf, LIMITS } from "../../../../src/adapters/notify/slack/slack-blocks.ts";
import { replyOf, stepBlocksOfCard } from "../../../../src/adapters/notify/slack/told-steps.ts";
import * as samples from "../../../support/sample-incidents.ts";
import { faultOfBlocks, type SlackBlock } from "../../../support/slack-block-rules.ts";
import { shownText } from "../../../support/slack-server.ts";
import { expectGolden } from "./golden.ts";

const INCIDENTS = {
  "just-rolled-back": samples.justRolledBack(),
  escalated: samples.escalated(),
  verified: samples.verified(),
  unverified: samples.unverified(),
  failed: samples.failed(),
  ended: samples.ended(),
  promoted: samples.promoted(),
  held: samples.held(),
  completed: samples.completed(),
  "kept-back": samples.keptBack(),
  hostile: samples.hostile(),
};

const shown = (message: { text: string; blocks: readonly unknown[] }): string =>
  shownText({ text: message.text, blocks: message.blocks as SlackBlock[] });

describe("the card", () => {
  test.each(Object.entries(INCIDENTS))("of a sample: %s", (name, incident) => {
    const card = cardOf(incident);
    expect(faultOfBlocks(card.blocks)).toBeNull();
    expectGolden(`card-${name}`, card);
  });

  test("tells the alert, what was done, and what is to do", () => {
    const text = shown(cardOf(samples.justRolledBack()));
    expect(text).toContain("🔴 Rolled back (phase): ErrorRateSpike, 2 flags off, traffic 60 % → 30 %");
    expect(text).toContain("`ErrorRateSpike` `3.2 > 1 %`");
    expect(text).toContain("`instance=10.0.3.17:8080`");
    expect(text).toContain("`a2a_integration_enabled` 50 % → off");
    expect(text).toContain("*Traffic*\n60 % → 30 %");
    expect(text).toContain("*Rolled back in*\n20.4s");
    expect(text).toContain("Find out why ErrorRateSpike fires");
    expect(text).toContain("Genesis · production · rb-412-k3v9d1");
  });

  test("counts what joined and what asked for nothing more", () => {
    const text = shown(cardOf(samples.escalated()));
    expect(text).toContain("*Also firing* `LatencyExtreme`, `HealthChecksFailing`");
    expect(text).toContain("7 more alerts asked for nothing more");
    expect(shown(cardOf(samples.escalated({ absorbed: 1 })))).toContain("1 more alert asked");
  });

  test("says the status once where the headline begins with it", () => {
    expect(shown(cardOf(samples.verified()))).toMatch(/^✅ Verified after 62 s: /);
    expect(shown(cardOf(samples.failed()))).toMatch(/^🚨 Rollback failed/);
  });

  test("has the links that are known and that a browser opens", () => {
    const links = {
      console: "javascript:alert(1)",
      dashboard: null,
      runbook: "https://runbooks.example.com/a b",
    };
    const { blocks } = cardOf(samples.justRolledBack({ links }));
    expect(JSON.stringify(blocks)).not.toContain("javascript");
    expect(blocks.at(-1)).toMatchObject({
      type: "actions",
      elements: [{ url: "https://runbooks.example.com/a%20b" }],
    });
    const none = { console: null, dashboard: null, runbook: null };
    expect(cardOf(samples.justRolledBack({ links: none })).blocks.at(-1)).toMatchObject({ type: "context" });
    expect(addressOf(`https://a.example/${"x".repeat(LIMITS.url)}`)).toBeNull();
  });

  test("tells who else it may be called, and where it is not production", () => {
    const text = shown(cardOf(samples.promoted({ title: "The Genesis", production: false })));
    expect(text).toContain("The Genesis (genesis) · not production · ro-388-p7x2aa");
  });
});

describe("hostile texts", () => {
  const steps = Array.from({ length: 60 }, () => samples.hostile().steps).flat();
  const incident = samples.hostile({ steps });

  test.each([
    ["the card", cardOf(incident)],
    ["the card of a webhook", cardOf(incident, stepBlocksOfCard(steps))],
    ["the reply", replyOf(steps, 3)],
    ["the pointer", pointerTo("C000000001", incident)],
    ["the sample", markedSample(incident)],
  ])("fit, and do nothing: %s", (_name, message) => {
    expect(faultOfBlocks(message.blocks)).toBeNull();
    expect(message.text.length).toBeLessThanOrEqual(LIMITS.text);
    const all = JSON.stringify(message);
    expect(all).not.toMatch(/<[!@#h](?!C000000001>)/);
    expect(all).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200f]|\\u0000|\\u001b|\\r/);
    expect(all).not.toContain("<script");
  });
});

describe("the reply in the thread", () => {
  test("tells the steps with their times, several as one", () => {
    const { steps } = samples.ended();
    const message = replyOf(steps, 0);
    expect(shown(message)).toBe(
      [
        "10:15:00 UTC Rolled back (phase): 2 flags off, traffic 60 % → 30 %",
        "10:16:02 UTC Verified: the error rate is 0.04 %, 3 good checks in a row",
        "10:30:00 UTC Acknowledged by ada: a bad index, fixed in 4.2.1",
        "10:40:00 UTC Ended: all alerts have resolved",
      ].join("\n"),
    );
    expectGolden("reply-ended", message);
  });

  test("counts what asked for nothing more", () => {
    expect(shown(replyOf(samples.verified().steps.slice(-1), 3))).toMatch(
      /\n3 more alerts asked for nothing more$/,
    );
  });

  test("keeps the newest steps where there are too many", () => {
    const steps = Array.from({ length: 500 }, (_, index) =>
      samples.stepAt(index, "held", `step ${index} ${"x".repeat(40)}`),
    );
    const message = replyOf(steps, 0);
    expect(faultOfBlocks(message.blocks)).toBeNull();
    const text = shown(message);
    expect(text).toContain("step 499 ");
    expect(text).toMatch(/^\d+ earlier steps are in the console\n/);
  });
});

test("the pointer leads to the channel", () => {
  const message = pointerTo("C000000002", samples.justRolledBack());
  expect(message.text).toMatch(/^Genesis: 🔴 Rolled back .* → <#C000000002>$/);
  expectGolden("pointer", message);
});

test("a sample is marked from its first word on", () => {
  const message = markedSample(samples.justRolledBack());
  expect(message.text).toMatch(/^\[TEST\] /);
  expect(shown(message)).toMatch(/^🧪 This is a test of Rollguard's notifications\./);
  expectGolden("test", message);
});
