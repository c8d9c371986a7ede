import { DeliveryError } from "../../../app/notify/notifier.ts";

/** Slack's own word for why it does not do something. Only who asked knows what comes of it. */
export class SlackRefusal extends Error {
  readonly code: string;
  /** The channel that it was about, as people know it; null: none. */
  readonly place: string | null;
  /** The scopes that the token lacks; null: Slack did not say. */
  readonly needed: string | null;

  constructor(code: string, method: string, place: string | null, needed: string | null) {
    super(`Slack refuses ${method}: ${code}`);
    this.name = "SlackRefusal";
    this.code = code;
    this.place = place;
    this.needed = needed;
  }
}

/** How often what Slack does not have now is worth waiting for. */
const PATIENCE = 3;

/** Whether it goes on without what failed: Slack refuses it, or has been away for long enough. */
export function goesWithout(error: unknown, attempt: number): boolean {
  return error instanceof SlackRefusal || (error instanceof DeliveryError && attempt >= PATIENCE);
}

/** The failure as who delivers must know it: what to do about it. */
export function deliveryErrorOf(error: unknown): unknown {
  return error instanceof SlackRefusal ? new DeliveryError("refused", adviceOn(error)) : error;
}

function adviceOn({ code, place, needed, message }: SlackRefusal): string {
  const channel = place === null ? "the channel" : `the channel ${place}`;
  switch (code) {
    case "invalid_auth":
    case "not_authed":
    case "account_inactive":
    case "token_revoked":
    case "token_expired":
      return `Slack does not accept the bot token (${code}): set SLACK_BOT_TOKEN to the one of an installed app`;
    case "channel_not_found":
      return `Slack does not know ${channel}: create it, or invite the app where it is private`;
    case "not_in_channel":
      return `the Slack app is not in ${channel}: invite it`;
    case "is_archived":
    case "channel_is_archived":
      return `${channel} is archived in Slack: unarchive it, or name another one in the policy`;
    case "missing_scope":
      return `the Slack app lacks the scope ${needed ?? "chat:write"}: add it, and install the app again`;
    case "restricted_action":
    case "restricted_action_read_only_channel":
    case "action_prohibited":
    case "not_allowed_token_type":
    case "no_permission":
    case "access_denied":
      return `Slack does not let the app write to ${channel} (${code}): ask who administers the workspace`;
    default:
      return `${message}; docs.slack.dev/reference/methods says what that means`;
  }
}

/** Codes are words; what else a server says may hold anything. */
export function codeIn(said: unknown): string | null {
  return typeof said === "string" && /^[a-z_]{2,60}$/.test(said.trim()) ? said.trim() : null;
}

/** Why nothing came: `fetch` itself says "fetch failed" to everything. Slack's addresses hold secrets, so none is told. */
export function unreachable(error: unknown, signal: AbortSignal): DeliveryError {
  if (signal.aborted) return new DeliveryError("unavailable", "Slack was not told: Rollguard is stopping");
  return new DeliveryError("unavailable", `Slack does not answer: ${reasonOf(error)}`);
}

function reasonOf(error: unknown): string {
  const { name, code, cause, original, errors } = Object(error) as Record<string, unknown>;
  if (name === "TimeoutError") return "no answer in time";
  const inner = Array.isArray(errors) ? errors[0] : (original ?? cause);
  if (typeof inner === "object" && inner !== null) return reasonOf(inner);
  return typeof code === "string" && /^\w+$/.test(code) ? code : "the connection failed";
}

/** Seconds, as Slack tells them, in milliseconds; null: it did not say. */
function retryAfterOf(seconds: string | number | null | undefined): number | null {
  const number = Number(seconds ?? Number.NaN);
  return Number.isFinite(number) && number >= 0 && seconds !== "" ? number * 1_000 : null;
}

export function rateLimited(seconds: string | number | null | undefined): DeliveryError {
  return new DeliveryError("unavailable", "Slack limits the rate", { retryAfter: retryAfterOf(seconds) });
}
