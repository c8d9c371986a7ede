import { describe, expect, test } from "@jest/globals";
import { dedupKeyOf } from "../../../../src/adapters/notify/pagerduty/dedup-key.ts";
import { pagerDutyEventsOf } from "../../../../src/adapters/notify/pagerduty/events-of.ts";
import { triggerOf } from "../../../../src/adapters/notify/pagerduty/trigger-of.ts";
import type { Incident } from "../../../../src/app/notify/incident.ts";
import type { Message } from "../../../../src/domain/message.ts";
import * as samples from "../../../support/sample-incidents.ts";
import { messageOf } from "../deliveries.ts";
import { expectGoldenJson } from "../golden-json.ts";

type Messages = readonly [Message, ...Message[]];

describe("golden files", () => {
  const rolledBack = messageOf("rolled_back", { detail: "ErrorRateSpike fires" });
  const cases: readonly (readonly [string, Incident, Messages])[] = [
    ["rolled-back", samples.justRolledBack(), [rolledBack]],
    [
      "escalated",
      samples.escalated(),
      [messageOf("escalated", { seconds: 165, tier: "safe-state", detail: "phase did not help" })],
    ],
    ["failed", samples.failed(), [messageOf("failed", { seconds: 495, tier: "emergency" })]],
    [
      "began-and-ended",
      samples.ended(),
      [rolledBack, messageOf("verified", { seconds: 62 }), messageOf("acknowledged", { seconds: 900 })],
    ],
    ["kept-back", samples.keptBack(), [messageOf("cooldown", { tier: "phase", page: true })]],
  ];
  test.each(cases)("%s", (name, incident, messages) => {
    const { events } = pagerDutyEventsOf({ messages, incident, receipt: null }, { resolveOn: "either" });
    expectGoldenJson(`pagerduty/${name}`, events);
  });
});

const sentFor = (incident: Incident) => triggerOf(incident, { at: 0, detail: null }, "error");
const sizeOf = (value: unknown): number => Buffer.byteLength(JSON.stringify(value));

describe("an event", () => {
  test("of hostile texts stays one line, and within PagerDuty's limits", () => {
    const { payload } = sentFor(samples.hostile());
    expect(payload.summary.length).toBeLessThanOrEqual(1_024);
    for (const line of [payload.summary, payload.component, payload.class, payload.group])
      expect(line).not.toMatch(/[\p{Cc}\u2028\u202a-\u202e\u2066-\u2069]|\p{Surrogate}/u);
  });

  test("of more than PagerDuty takes is cut", () => {
    const long = "🔥".repeat(20_000);
    const labels = Object.fromEntries(Array.from({ length: 300 }, (_, index) => [`label_${index}`, long]));
    const { alert } = samples.justRolledBack();
    const event = sentFor(
      samples.justRolledBack({
        subject: long,
        title: long,
        headline: long,
        alert: alert && { ...alert, name: long, labels: { ...labels, job: long, instance: long } },
        todo: Array.from({ length: 1_000 }, () => long),
      }),
    );
    expect(sizeOf(event)).toBeLessThan(512_000);
    expect(event.dedup_key.length).toBeLessThanOrEqual(255);
    expect(event.payload.summary).toMatch(/^🔥+…$/u);
  });

  test("has links that PagerDuty takes", () => {
    const links = {
      console: "not an address",
      dashboard: "javascript:alert(1)",
      runbook: `https://a/${"x".repeat(2_000)}`,
    };
    const event = sentFor(samples.justRolledBack({ links }));
    expect(event.links).toEqual([]);
    expect(event).not.toHaveProperty("client_url");
    const known = sentFor(samples.justRolledBack({ links: { ...links, console: "http://rollguard:9095" } }));
    expect(known.links).toEqual([{ href: "http://rollguard:9095", text: "Rollguard" }]);
    expect(known.client_url).toBe("http://rollguard:9095");
  });

  test("of an alert without job and instance has no component, and of none no class", () => {
    const { alert } = samples.justRolledBack();
    const labels = { job: "", constructor: "x" };
    const bare = sentFor(samples.justRolledBack({ alert: alert && { ...alert, labels } }));
    expect(bare.payload).not.toHaveProperty("component");
    const none = sentFor(samples.justRolledBack({ alert: null }));
    expect(none.payload).not.toHaveProperty("class");
    expect(none.payload.custom_details).not.toHaveProperty("alert");
  });
});

describe("the key", () => {
  test("is of the application and the subject", () => {
    expect(dedupKeyOf({ application: "genesis", subject: "rb-1-x" })).toBe("rollguard/genesis/rb-1-x");
  });

  test("of a long subject is its own, and has 255 characters at most", () => {
    const [a, b] = ["a", "b"].map((end) =>
      dedupKeyOf({ application: "g", subject: `${"🔥".repeat(200)}${end}` }),
    );
    expect(a).not.toBe(b);
    expect(a?.length).toBeLessThanOrEqual(255);
    expect(a).toMatch(/^rollguard\/g\/🔥+-[0-9a-f]{64}$/u);
    const just = "x".repeat(255 - "rollguard/g/".length);
    expect(dedupKeyOf({ application: "g", subject: just })).toBe(`rollguard/g/${just}`);
  });
});
