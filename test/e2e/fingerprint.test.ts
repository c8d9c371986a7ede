import { afterAll, beforeAll, expect, test } from "@jest/globals";
import fc from "fast-check";
import { fingerprintOf } from "../../src/domain/fingerprint.ts";
import { type AlertmanagerServer, startAlertmanager } from "../support/alertmanager-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

// A body without fingerprints (Grafana's, or a hand-made one) must name the same alert as Alertmanager would.
const running = new Stopper();
let receiver: WebhookReceiver;
let alertmanager: AlertmanagerServer;

beforeAll(async () => {
  receiver = await running.start(startWebhookReceiver());
  alertmanager = await running.start(startAlertmanager({ webhook: receiver.url }));
});

afterAll(() => running.stop());

type Labels = Readonly<Record<string, string>>;

function ours(alerts: readonly { fingerprint: string; labels: Labels }[]): string[] {
  return alerts.map(({ labels }) => fingerprintOf(labels));
}

function theirs(alerts: readonly { fingerprint: string; labels: Labels }[]): string[] {
  return alerts.map(({ fingerprint }) => fingerprint);
}

const ODD: Labels[] = [
  { alertname: "Short" },
  { alertname: "Prototype", __proto: "a", constructor: "b", toString: "c", hasOwnProperty: "d" },
  { alertname: "Case", a: "1", A: "2", _: "3", a1: "4", a_: "5", aa: "6" },
  { alertname: "Text", emoji: "🚀 ﬁ ÿ \u00ff", cjk: "吉 星 高 照", lines: "a\r\nb\tc", quotes: `"'\\` },
  { alertname: "Long", text: "0123456789abcdef".repeat(6_250) },
];

test("Alertmanager's API and our own hash give every alert the same fingerprint", async () => {
  const name = fc.stringMatching(/^[a-zA-Z_][a-zA-Z0-9_]{0,12}$/);
  // Alertmanager drops a label with an empty value before it hashes.
  const value = fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" });
  const labels = fc.dictionary(name, value, { maxKeys: 12 });
  const random = fc.sample(labels, { numRuns: 300, seed: 2 });
  await alertmanager.post([
    ...ODD.map((each) => ({ labels: each })),
    ...random.map((each, index) => ({ labels: { ...each, alertname: `Random${index}` } })),
  ]);
  const alerts = await until(
    "Alertmanager to list them all",
    alertmanager.alerts,
    (all) => all.length === ODD.length + random.length,
    { onFailure: alertmanager.report },
  );
  expect(ours(alerts)).toEqual(theirs(alerts));
});

test("so does the webhook's body", async () => {
  await alertmanager.post(ODD.map((labels) => ({ labels: { ...labels, rollback: "stage" } })));
  const bodies = await until(
    "the webhooks",
    () => receiver.received.map(({ body }) => body.alerts),
    (all) => all.length === ODD.length,
    { onFailure: alertmanager.report },
  );
  expect(ours(bodies.flat())).toEqual(theirs(bodies.flat()));
});
