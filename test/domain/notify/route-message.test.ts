import { describe, expect, test } from "@jest/globals";
import { CHANNELS, laneOf, type Message, type MessageKind } from "../../../src/domain/message.ts";
import { routeMessage } from "../../../src/domain/notify/route-message.ts";
import type { NotificationRoute, Policy } from "../../../src/domain/policy.ts";
import type { TierName } from "../../../src/domain/tier.ts";
import { policyOf } from "../../support/policies.ts";

const ROUTES: readonly NotificationRoute[] = [
  route("warning", { slack: true, email: "daily" }),
  route("flag", { slack: true, pagerduty: "error", email: "now" }),
  route("phase", { slack: true, slackChannel: "#phases", pagerduty: "error", email: "now", webhook: false }),
  route("emergency", { slack: true, pagerduty: "critical", email: "now" }),
  route("rollback-failed", { pagerduty: "critical" }),
  route("storm-breaker", { pagerduty: "critical" }),
  route("blind", { slack: true }),
];
const ALL = new Set(CHANNELS);

function route(on: string, more: Partial<NotificationRoute>): NotificationRoute {
  return { on, slack: false, slackChannel: null, pagerduty: "no", email: "no", webhook: true, ...more };
}

function policyWith(routes: readonly NotificationRoute[]): Policy {
  const policy = policyOf({});
  const stakeholders = { ...policy.notifications.stakeholders, to: ["ceo@example.org"] };
  return { ...policy, notifications: { ...policy.notifications, routes, stakeholders } };
}

function message(kind: MessageKind, tier: TierName | null, more: Partial<Message> = {}): Message {
  const rest = { at: 1, alert: null, flags: [], rollout: null, detail: null, page: false };
  return { subject: "rb-1", kind, tier, ...rest, ...more };
}

const rollout = { id: "ro", plan: "safe", stage: 1, stages: 2, name: "one", status: "running" } as const;

function ways(one: Message, routes = ROUTES): string[] {
  return routeMessage(one, policyWith(routes), ALL).map(({ channel, severity, slackChannel }) =>
    [channel, severity, slackChannel].filter((part) => part !== undefined).join(" "),
  );
}

describe("a message goes where the policy's routes say", () => {
  test.each<[string, Message, string[]]>([
    ["a rollback's tier", message("rolled_back", "flag"), ["slack", "pagerduty error", "email", "webhook"]],
    [
      "with stakeholders from the phase upwards, and a channel of its own",
      message("escalated", "phase"),
      ["slack #phases", "pagerduty error", "email", "stakeholders", "report"],
    ],
    [
      "what follows goes where it began, and into a report",
      message("verified", "emergency"),
      ["slack", "pagerduty critical", "webhook", "report"],
    ],
    [
      "failed: also where its tier went",
      message("failed", "flag"),
      ["slack", "pagerduty critical", "email", "webhook", "report"],
    ],
    [
      "unverified without a route: where its tier went",
      message("unverified", "safe-state"),
      ["webhook", "report"],
    ],
    ["over, where it began", message("ended", "flag"), ["slack", "pagerduty error", "webhook", "report"]],
    ["kept back", message("cooldown", "flag", { page: true }), ["pagerduty critical", "webhook"]],
    ["unrelated", message("unrelated", "flag", { page: true }), ["pagerduty critical", "webhook"]],
    ["a storm", message("storm_breaker", null, { page: true }), ["pagerduty critical", "webhook"]],
    ["blind", message("blind", null), ["slack", "webhook"]],
    ["a body that was cut off, as a warning", message("truncated", null), ["slack", "webhook"]],
    ["an address of somebody else, as a warning", message("misaddressed", null), ["slack", "webhook"]],
    [
      "a kept alert that is over, where it was told of",
      message("ended", "flag", { subject: "alert-CacheBroken" }),
      ["pagerduty critical", "webhook"],
    ],
    [
      "what closes a page, whatever its route says",
      message("resumed", null, { rollout }),
      ["slack", "pagerduty", "webhook"],
    ],
    [
      "the kill switch",
      message("flags_changed", null, { page: true }),
      ["slack", "pagerduty critical", "email", "webhook"],
    ],
    ["the kill switch off, as a rollout's step", message("flags_changed", null), ["slack", "webhook"]],
    ["a rollout, as a warning", message("held", null, { rollout }), ["slack", "webhook"]],
    [
      "a page, whatever the routes say",
      message("held", null, { rollout, page: true }),
      ["slack", "pagerduty error", "webhook"],
    ],
    ["a failed rollout is reported", message("failed", null, { rollout }), ["slack", "webhook", "report"]],
    ["a rollout that a rollback ends", message("rolled_back", "stage", { rollout }), ["webhook", "report"]],
  ])("%s", (_, one, expected) => {
    expect(ways(one)).toEqual(expected);
  });

  test("without any route: to the webhook alone, and a page all the same", () => {
    expect(ways(message("rolled_back", "flag", { page: true }), [])).toEqual(["pagerduty error", "webhook"]);
  });

  test("a rollout has a route of its own where the policy says so", () => {
    const routes = [...ROUTES, route("rollout", { email: "now" })];
    expect(ways(message("promoted", null, { rollout }), routes)).toEqual(["pagerduty", "webhook", "report"]);
    expect(ways(message("completed", null, { rollout }), routes)).toEqual([
      "pagerduty",
      "email",
      "webhook",
      "report",
    ]);
  });

  test("without stakeholders, none are told", () => {
    const routed = routeMessage(message("rolled_back", "phase"), policyOf({}), ALL);
    expect(routed.map(({ channel }) => channel)).toEqual(["webhook", "report"]);
  });

  test("only channels that are there", () => {
    const routed = routeMessage(message("rolled_back", "flag"), policyWith(ROUTES), new Set(["email"]));
    expect(routed.map(({ channel }) => channel)).toEqual(["email"]);
  });
});

test("each channel of a subject is a lane of its own", () => {
  expect(laneOf(message("verified", "flag"))).toBe("rb-1");
  expect(laneOf({ ...message("verified", "flag"), channel: "slack" })).toBe("slack rb-1");
});
