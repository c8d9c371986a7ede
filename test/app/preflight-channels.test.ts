import { expect, test } from "@jest/globals";
import type { LoadedConfiguration } from "../../src/app/ports.ts";
import { checkChannels } from "../../src/app/preflight/channels-check.ts";
import type { NotificationRoute } from "../../src/domain/policy.ts";
import { genesis } from "../support/generated.ts";

const { notifications } = genesis();
const NONE = { slack: false, pagerduty: false, email: false };

function loaded(...integrations: readonly string[]): LoadedConfiguration {
  const route = {
    path: [],
    receiver: "a",
    matchers: [],
    continue: false,
    muted: [],
    groupWait: 0,
    routes: [],
  };
  return { route, receivers: [{ name: "a", integrations, webhooks: [] }] };
}

test("a channel may be Rollguard's own or Alertmanager's", () => {
  const own = { slack: true, pagerduty: false, email: false };
  const alertmanager = loaded("pagerduty_configs", "email_configs");
  expect(checkChannels(notifications, { own, alertmanager, production: true })).toEqual({
    name: "notifications",
    status: "pass",
    detail: "slack, pagerduty, email configured",
    fix: null,
  });
});

test("one that is missing is worth a warning", () => {
  const own = { slack: true, pagerduty: false, email: false };
  expect(checkChannels(notifications, { own, alertmanager: loaded(), production: true })).toEqual({
    name: "notifications",
    status: "warn",
    detail: "pagerduty, email not configured",
    fix: "set PAGERDUTY_ROUTING_KEY for pagerduty, SMTP_URL for email; or give Alertmanager a receiver with pagerduty_configs, email_configs",
  });
});

test("none at all is a reason not to deploy in production", () => {
  const none = { own: NONE, alertmanager: loaded("webhook_configs"), production: true };
  expect(checkChannels(notifications, none)).toMatchObject({
    status: "fail",
    detail: "none of slack, pagerduty, email is configured",
  });
  expect(checkChannels(notifications, { ...none, production: false }).status).toBe("warn");
  expect(checkChannels(notifications, { ...none, alertmanager: null }).detail).toBe(
    "none of slack, pagerduty, email is configured; what Alertmanager has could not be seen",
  );
});

test("only what the policy uses is missed", () => {
  const route: NotificationRoute = {
    on: "emergency",
    slack: false,
    slackChannel: null,
    pagerduty: "no",
    email: "daily",
    webhook: true,
  };
  const own = { ...NONE, email: true };
  const mailed = { ...notifications, routes: [route] };
  expect(checkChannels(mailed, { own, alertmanager: null, production: true })).toMatchObject({
    status: "pass",
    detail: "email configured",
  });
});

test("a policy that tells nobody is not ready either", () => {
  const silent = { ...notifications, routes: [] };
  const all = { slack: true, pagerduty: true, email: true };
  const context = { own: all, alertmanager: null, production: true };
  expect(checkChannels(silent, context)).toMatchObject({
    status: "fail",
    detail: "the policy names no way to people: nobody hears of a rollback",
  });
  expect(checkChannels(silent, { ...context, production: false }).status).toBe("warn");
});
