import type { Incident } from "../../../app/notify/incident.ts";
import type { Delivery } from "../../../app/notify/notifier.ts";

/** What Slack keeps with a message and shows nobody: by it a message is found again. */
export interface Tag {
  readonly event_type: string;
  readonly event_payload: Readonly<Record<string, string | number>>;
}

export function cardTag({ application, subject }: Incident): Tag {
  return { event_type: "rollguard_incident", event_payload: { application, subject } };
}

export function pointerTag({ application, subject }: Incident): Tag {
  return { event_type: "rollguard_pointer", event_payload: { application, subject } };
}

/** `messages`: how many of the delivery are told, since more of them may wait when it is tried again. */
export function replyTag({ id, messages }: Delivery): Tag {
  return { event_type: "rollguard_delivery", event_payload: { delivery: id, messages: messages.length } };
}
