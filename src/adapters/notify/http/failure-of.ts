import { DeliveryError } from "../../../app/notify/notifier.ts";
import type { Posted } from "./post-json.ts";

/** These say that it may go right the next time; so does every 5xx. */
const LATER = new Set([408, 425, 429]);

/**
 * What an answer means that is no success.
 * @param said what the service says of it, without secrets; empty: nothing
 * @param advice what to do about a refusal
 */
export function failureOf(name: string, answer: Posted, said: string, advice: string): DeliveryError {
  const { code, status, retryAfter } = answer;
  const text = `${name} answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (code >= 500 || LATER.has(code)) return new DeliveryError("unavailable", text, { retryAfter });
  if (code >= 300 && code < 400)
    return new DeliveryError("refused", `${text}, a redirect: set the address that it leads to`);
  return new DeliveryError("refused", `${text}; ${advice}`, { retryAfter });
}
