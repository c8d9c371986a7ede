import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "@jest/globals";
import { readSettings } from "../../src/config/settings.ts";

const directory = mkdtempSync(join(tmpdir(), "rollguard-secrets-"));
afterAll(() => rmSync(directory, { recursive: true }));

const KEY = "0123456789abcdef0123456789abcdef";

describe("the ways to people", () => {
  test("are read, also from files", () => {
    const token = join(directory, "token");
    writeFileSync(token, "xoxb-1-secret\n");
    const { settings, problems } = readSettings({
      SLACK_BOT_TOKEN_FILE: token,
      SLACK_WEBHOOK_URL: "https://hooks.slack.com/services/T/B/x",
      PAGERDUTY_ROUTING_KEY: KEY,
      SMTP_URL: "smtps://mia:pass@mail.example.org?from=rollguard@example.org",
      ROLLGUARD_NOTIFY_WEBHOOK_URL: "http://pipelines.internal/hook",
      ROLLGUARD_NOTIFY_WEBHOOK_SECRET: "shh",
      ROLLGUARD_REPORTS: "none",
    });
    expect(problems).toEqual([]);
    expect(settings).toMatchObject({
      channels: { slack: true, pagerduty: true, email: true },
      notifications: {
        slack: { kind: "bot", token: "xoxb-1-secret", apiUrl: null },
        pagerduty: { routingKey: KEY, url: null },
        smtp: "smtps://mia:pass@mail.example.org?from=rollguard@example.org",
        webhook: { url: "http://pipelines.internal/hook", secret: "shh" },
      },
      reports: null,
    });
  });

  test("an incoming webhook where there is no bot, also one on this machine", () => {
    const { settings } = readSettings({ SLACK_WEBHOOK_URL: "http://127.0.0.1:8080/x" });
    expect(settings?.notifications.slack).toEqual({ kind: "webhook", url: "http://127.0.0.1:8080/x" });
  });

  test("what is wrong is told all at once, and without the secret", () => {
    const { problems } = readSettings({
      SLACK_BOT_TOKEN: "hunter2-token",
      SLACK_WEBHOOK_URL: "http://hooks.example.org/hunter2",
      SLACK_API_URL: "slack",
      PAGERDUTY_ROUTING_KEY: "hunter2 key",
      PAGERDUTY_EVENTS_URL: "ftp://hunter2",
      SMTP_URL: "mail.example.org:hunter2",
      ROLLGUARD_NOTIFY_WEBHOOK_SECRET: "hunter2",
    });
    expect(problems.map((problem) => problem.split(":")[0])).toEqual([
      "SLACK_BOT_TOKEN",
      "SLACK_WEBHOOK_URL",
      "SLACK_API_URL",
      "PAGERDUTY_EVENTS_URL",
      "PAGERDUTY_ROUTING_KEY",
      "SMTP_URL",
      "ROLLGUARD_NOTIFY_WEBHOOK_SECRET",
    ]);
    expect(problems.join()).not.toContain("hunter2");
  });

  test("a secret that cannot sign is told at the start", () => {
    const { problems } = readSettings({
      ROLLGUARD_NOTIFY_WEBHOOK_URL: "https://pipelines.example.org",
      ROLLGUARD_NOTIFY_WEBHOOK_SECRET: "whsec_hunter2!",
    });
    expect(problems).toEqual([expect.stringMatching(/^ROLLGUARD_NOTIFY_WEBHOOK_SECRET .* no base64/)]);
    expect(problems.join()).not.toContain("hunter2");
  });

  test("a secret's file that is not there is told", () => {
    const { problems } = readSettings({ SLACK_BOT_TOKEN_FILE: join(directory, "gone") });
    expect(problems).toEqual([expect.stringContaining("SLACK_BOT_TOKEN_FILE: cannot read")]);
  });
});
