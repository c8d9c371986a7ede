import { isOfKeptAlert } from "../keep-back.ts";
import type { Channel, Message, MessageKind } from "../message.ts";
import type { NotificationRoute, Policy } from "../policy.ts";
import { isMoreSevere } from "../tier.ts";
import { type Occasion, occasionsOf } from "./occasion.ts";

/**
 * One message for each way that it goes: what the policy's routes say of its occasions, and the channels that are there.
 * A page goes out whatever the routes say.
 * @param configured channels that this responder can reach
 */
export function routeMessage(message: Message, policy: Policy, configured: ReadonlySet<Channel>): Message[] {
  const routes = routesOf(message, policy);
  const { quiet = false } = message;
  const ways: readonly (Message | null)[] = [
    toSlack(message, routes),
    quiet ? null : toPagerDuty(message, routes),
    isMailed(message) && !quiet && routes.some(({ email }) => email === "now") ? to(message, "email") : null,
    routes.length === 0 || routes.some(({ webhook }) => webhook) ? to(message, "webhook") : null,
    opensIncident(message) && !quiet && policy.notifications.stakeholders.to.length > 0
      ? to(message, "stakeholders")
      : null,
    isReported(message) ? to(message, "report") : null,
  ];
  return ways.filter((way) => way !== null).filter(({ channel }) => channel && configured.has(channel));
}

/** A rollback of tier phase or above is an incident: stakeholders are told of it. */
function opensIncident({ kind, tier }: Pick<Message, "kind" | "tier">): boolean {
  return (kind === "rolled_back" || kind === "escalated") && tier !== null && !isMoreSevere("phase", tier);
}

/**
 * A mail cannot be updated: one goes out when something begins, and when it gets worse. That it went well is told where it
 * can be, and in the daily summary.
 */
function isMailed({ kind }: Message): boolean {
  return !QUIET_BY_MAIL.includes(kind);
}

const CLOSING: readonly MessageKind[] = [
  "verified",
  "reopened",
  "ended",
  "acknowledged",
  "seeing_again",
  "resumed",
  "promoted",
  "completed",
  "aborted",
];

const QUIET_BY_MAIL: readonly MessageKind[] = [
  "verified",
  "reopened",
  "acknowledged",
  "ended",
  "promoted",
  "resumed",
  "seeing_again",
];

/** Of what a file is written: how a rollback stands once it is over, or people have to act; and how a rollout goes. */
function isReported(message: Message): boolean {
  const { kind, tier, rollout, subject } = message;
  const ofRollback = ["verified", "unverified", "failed", "ended", "acknowledged"].includes(kind);
  const ofRollout = ["promoted", "completed", "aborted", "failed"].includes(kind);
  return (
    opensIncident(message) ||
    (tier !== null && ofRollback && !isOfKeptAlert(subject)) ||
    (rollout !== null && (ofRollout || kind === "rolled_back"))
  );
}

function to(message: Message, channel: Channel): Message {
  return { ...message, channel };
}

function toSlack(message: Message, routes: readonly NotificationRoute[]): Message | null {
  const route = routes.find(({ slack }) => slack);
  if (route === undefined) return null;
  const { slackChannel } = route;
  return slackChannel === null ? to(message, "slack") : { ...to(message, "slack"), slackChannel };
}

function toPagerDuty(message: Message, routes: readonly NotificationRoute[]): Message | null {
  const severities = routes.map(({ pagerduty }) => pagerduty);
  const severity = severities.includes("critical")
    ? "critical"
    : severities.includes("error") || message.page
      ? "error"
      : null;
  if (severity !== null) return { ...to(message, "pagerduty"), severity };
  // Whether a page is open, only the channel knows; what closes it must not be lost to a route.
  return CLOSING.includes(message.kind) ? to(message, "pagerduty") : null;
}

/** Those of its occasions; of a rollout, for which older policies have none, those of a warning. */
function routesOf(message: Message, { notifications: { routes } }: Policy): readonly NotificationRoute[] {
  const occasions = occasionsOf(message);
  const found = routes.filter(({ on }) => occasions.includes(on as Occasion));
  if (found.length > 0 || !occasions.includes("rollout")) return found;
  return routes.filter(({ on }) => on === "warning");
}
