import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type AlertmanagerServer, startAlertmanagerFrom } from "../support/alertmanager-server.ts";
import { genesis } from "../support/generated.ts";
import { freePort } from "../support/process.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { generatedFiles } from "../support/upstream-tools.ts";
import { startWebhookReceiver, type WebhookReceiver } from "../support/webhook-receiver.ts";

const running = new Stopper();
let rollguard: WebhookReceiver;
let alertmanager: AlertmanagerServer;

const labels = (alertname: string, more: Record<string, string>) => ({
  alertname,
  application: "genesis",
  ...more,
});

const FIRING = {
  spike: labels("ErrorRateSpike", { severity: "critical", rollback: "safe-state" }),
  // Everything that an inhibition looks for, and a rollback all the same.
  trap: labels("RollguardInstanceDown", { severity: "warning", rollback: "stage" }),
  warning: labels("ErrorRateElevated", { severity: "warning" }),
  othersWarning: { ...labels("ErrorRateElevated", { severity: "warning" }), application: "shop" },
  blind: labels("NoTests", { severity: "warning", blind: "true" }),
  down: labels("RollguardDown", { severity: "critical" }),
  instance: labels("RollguardInstanceDown", { severity: "warning", instance: "a" }),
  traffic: labels("RollguardTrafficUnknown", { severity: "critical" }),
  watchdog: labels("Watchdog", { severity: "none" }),
};

beforeAll(async () => {
  rollguard = await running.start(startWebhookReceiver());
  const files = await generatedFiles([genesis()]);
  running.add(files.remove);
  const configuredBy = files.file("alertmanager/alertmanager.yml");
  const token = files.file("token");
  await writeFile(token, "a-token");
  const text = (await readFile(configuredBy, "utf8"))
    .replaceAll("http://rollguard:9095/", rollguard.url)
    .replaceAll("/run/secrets/rollguard_webhook_token", token);
  await writeFile(configuredBy, text);
  alertmanager = await running.start(
    startAlertmanagerFrom({ configuredBy, address: `127.0.0.1:${await freePort()}` }),
  );
  await alertmanager.post(Object.values(FIRING).map((alert) => ({ labels: alert })));
});

afterAll(() => running.stop());

const namesOf = (receiver: string) =>
  rollguard.received
    .filter(({ body }) => body.receiver === receiver)
    .flatMap(({ body }) => body.alerts.map((alert) => alert.labels));

describe("a real Alertmanager with the generated configuration", () => {
  it("mutes what says less, and nothing that rolls back or is blind", async () => {
    const alerts = await until(
      "the inhibitions",
      () => alertmanager.alerts(),
      (all) =>
        all.length === Object.keys(FIRING).length &&
        all.every(({ status }) => status.state !== "unprocessed"),
      { onFailure: alertmanager.report },
    );
    const stateOf = (wanted: Record<string, string>) =>
      alerts.find(
        ({ labels: found }) =>
          JSON.stringify(Object.entries(found).sort()) === JSON.stringify(Object.entries(wanted).sort()),
      )?.status.state;
    expect(
      Object.fromEntries(Object.entries(FIRING).map(([name, wanted]) => [name, stateOf(wanted)])),
    ).toEqual({
      spike: "active",
      trap: "active",
      warning: "suppressed",
      othersWarning: "active",
      blind: "active",
      down: "active",
      instance: "suppressed",
      traffic: "suppressed",
      watchdog: "active",
    });
  });

  it("tells Rollguard each rollback alone, each blindness, and that alerting works", async () => {
    await until(
      "the deliveries",
      () => rollguard.received,
      (received) => received.length >= 4,
      { onFailure: alertmanager.report },
    );
    expect(
      namesOf("rollguard")
        .map(({ alertname, rollback }) => [alertname, rollback])
        .sort(),
    ).toEqual([
      ["ErrorRateSpike", "safe-state"],
      ["RollguardInstanceDown", "stage"],
    ]);
    expect(namesOf("rollguard-hold")).toEqual([FIRING.blind]);
    expect(namesOf("rollguard-watchdog")).toEqual([FIRING.watchdog]);
    for (const { headers, body } of rollguard.received) {
      expect(headers.authorization).toBe("Bearer a-token");
      expect(body.alerts).toHaveLength(1);
    }
  });
});
