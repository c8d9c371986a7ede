import type { Incident, IncidentStep } from "../../src/app/notify/incident.ts";
import type { Delivery } from "../../src/app/notify/notifier.ts";
import type { Message } from "../../src/domain/message.ts";

/** The message behind a step of an incident. */
export function sampleMessage(
  incident: Incident,
  { at, kind }: IncidentStep,
  over: Partial<Message> = {},
): Message {
  const { subject, tier, alert, flags } = incident;
  return {
    subject,
    kind,
    at,
    tier,
    alert: alert?.name ?? null,
    flags,
    rollout: null,
    detail: null,
    page: false,
    channel: "slack",
    ...over,
  };
}

/** Delivers the last steps of an incident: its last one unless it is said how many. The first attempt, without a receipt. */
export function sampleDelivery(incident: Incident, over: Partial<Delivery> = {}, steps = 1): Delivery {
  const [first, ...rest] = incident.steps.slice(-steps).map((step) => sampleMessage(incident, step));
  if (first === undefined) throw new Error("the incident has no step");
  const id = `${incident.application}/${incident.steps.length}-0`;
  return { id, messages: [first, ...rest], incident, receipt: null, attempt: 1, ...over };
}
