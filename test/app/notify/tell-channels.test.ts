import { expect, test } from "@jest/globals";
import { tellChannels } from "../../../src/app/notify/tell-channels.ts";
import type { Channel } from "../../../src/domain/message.ts";
import type { Policy } from "../../../src/domain/policy.ts";
import { policyOf } from "../../support/policies.ts";

const route = {
  on: "phase",
  slack: true,
  slackChannel: null,
  pagerduty: "error",
  email: "no",
  webhook: true,
} as const;

function told(rollbacksToldBy: "both" | "rollguard", ...configured: Channel[]): string[] {
  const policy = policyOf({});
  const notifications = { ...policy.notifications, routes: [route], rollbacksToldBy };
  const lines: string[] = [];
  const at = (level: string) => (_: object, message: string) => void lines.push(`${level}: ${message}`);
  const shop: Policy = { ...policy, notifications };
  tellChannels([shop], new Set(configured), { info: at("info"), warn: at("warn") });
  return lines;
}

test("what a policy names and nobody has set is told at the start, with the setting", () => {
  expect(told("both", "slack", "pagerduty")).toEqual(["info: people are told over these channels"]);
  expect(told("both", "slack")[1]).toBe(
    "info: the policy names channels that Rollguard has no settings for (pagerduty: PAGERDUTY_ROUTING_KEY): there only Alertmanager tells people, of its alerts",
  );
  expect(told("rollguard")[1]).toMatch(
    /^warn: .*SLACK_BOT_TOKEN.*; pagerduty: .*: nobody hears of rollbacks there$/,
  );
});
