import { describe, expect, test } from "@jest/globals";
import { cloudEventOf } from "../../../../src/adapters/notify/webhook/event-of.ts";
import type { Incident } from "../../../../src/app/notify/incident.ts";
import type { Message } from "../../../../src/domain/message.ts";
import * as samples from "../../../support/sample-incidents.ts";
import { messageOf } from "../deliveries.ts";
import { expectGoldenJson } from "../golden-json.ts";

const EXTERNAL = "https://rollguard.example.com/";

describe("golden files", () => {
  const incident = samples.justRolledBack();
  const rollout = {
    id: "ro-388-p7x2aa",
    plan: "hybrid",
    stage: 2,
    stages: 6,
    name: "half",
    status: "running",
  } as const;
  const cases: readonly (readonly [string, Message, Incident, string | null])[] = [
    [
      "rolled-back",
      messageOf("rolled_back", {
        alert: "ErrorRateSpike",
        flags: incident.flags,
        detail: "ErrorRateSpike fires",
      }),
      incident,
      EXTERNAL,
    ],
    ["ended", messageOf("ended", { seconds: 1_500, alert: "ErrorRateSpike" }), samples.ended(), EXTERNAL],
    [
      "promoted",
      messageOf("promoted", { subject: rollout.id, tier: null, rollout, detail: "all green" }),
      samples.promoted(),
      null,
    ],
  ];
  test.each(cases)("%s", (name, message, one, externalUrl) => {
    expectGoldenJson(`webhook/${name}`, cloudEventOf(message, one, externalUrl));
  });
});

describe("an event", () => {
  test("has the attributes that CloudEvents wants", () => {
    const event = cloudEventOf(messageOf("rolled_back"), samples.justRolledBack(), null);
    expect(event).toMatchObject({
      specversion: "1.0",
      source: "urn:rollguard:applications/genesis",
      type: "dev.rollguard.rolled_back.v1",
      subject: samples.SUBJECT,
      time: "2026-03-14T10:15:00.000Z",
      datacontenttype: "application/json",
    });
    for (const name of Object.keys(event)) expect(name).toMatch(/^[a-z0-9]{1,20}$/);
  });

  test("has the same id whatever it is sent with, and however it stands then", () => {
    const message = messageOf("verified", { subject: "alert-Ünïcode.1\r\n" });
    const { id } = cloudEventOf(message, samples.justRolledBack(), null);
    // It goes into a header, and is signed between two dots.
    expect(id).toMatch(/^msg_[0-9a-f]{32}$/);
    expect(cloudEventOf({ ...message }, samples.ended(), EXTERNAL).id).toBe(id);
    expect(cloudEventOf({ ...message, at: message.at + 1 }, samples.ended(), null).id).not.toBe(id);
    expect(cloudEventOf(message, samples.ended({ application: "shop" }), null).id).not.toBe(id);
  });

  test("does not tell which way a message goes", () => {
    const message = messageOf("verified", {
      channel: "webhook",
      severity: "error",
      slackChannel: "#secret-project",
    });
    const text = JSON.stringify(cloudEventOf(message, samples.verified(), null));
    expect(text).not.toMatch(/slackChannel|secret-project|"channel"|"severity":"error"/);
  });

  test("is at most 64 kB, whatever is in it", () => {
    const { rollback } = samples.ended();
    const many = Array.from({ length: 3_000 }, () => "\u0000".repeat(2_000));
    const long = "\u0000".repeat(100_000);
    const incident = samples.hostile({
      headline: long,
      todo: many,
      alsoFiring: many,
      steps: many.map((text) => ({ at: 0, kind: "escalated", text })),
      links: { console: EXTERNAL, dashboard: `https://a/${"x".repeat(1_900)}`, runbook: `https://a/${long}` },
      rollback,
    });
    const event = cloudEventOf(messageOf("failed", { subject: long, detail: long }), incident, EXTERNAL);
    expect(Buffer.byteLength(JSON.stringify(event))).toBeLessThanOrEqual(65_536);
    expect(event.data).toMatchObject({
      incident: {
        application: "genesis",
        startedAt: "2026-03-14T10:15:00.000Z",
        rollback: { id: samples.SUBJECT },
        links: { dashboard: incident.links.dashboard, runbook: null },
      },
    });
  });

  test("leaves the ledger's events of a rollback to the ledger", () => {
    const { data } = cloudEventOf(messageOf("ended"), samples.ended(), null);
    expect(data).toMatchObject({ incident: { rollback: { durations: { detected: 19.9 } } } });
    expect(JSON.stringify(data)).not.toContain('"events"');
  });
});
