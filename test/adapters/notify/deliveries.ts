import { expect } from "@jest/globals";
import type { Incident } from "../../../src/app/notify/incident.ts";
import { type Delivery, DeliveryError } from "../../../src/app/notify/notifier.ts";
import type { Receipt } from "../../../src/app/outbox.ts";
import type { Message, MessageKind } from "../../../src/domain/message.ts";
import { STARTED_AT, SUBJECT } from "../../support/sample-incidents.ts";

/** A message of the samples' subject, of what happened so many seconds after its rollback began. */
export function messageOf(
  kind: MessageKind,
  { seconds = 0, ...over }: Partial<Message> & { readonly seconds?: number } = {},
): Message {
  return {
    subject: SUBJECT,
    kind,
    at: STARTED_AT + seconds * 1_000,
    tier: "phase",
    alert: null,
    flags: [],
    rollout: null,
    detail: null,
    page: false,
    ...over,
  };
}

export function deliveryOf(
  incident: Incident,
  messages: readonly [Message, ...Message[]],
  { receipt = null, id = "genesis/412-0" }: { readonly receipt?: Receipt | null; readonly id?: string } = {},
): Delivery {
  return { id, messages, incident, receipt, attempt: 1 };
}

/** What a delivery fails of. */
export async function failureOf(delivered: Promise<unknown>): Promise<DeliveryError> {
  const error = await delivered.then(
    (value) => new Error(`it was delivered: ${JSON.stringify(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof DeliveryError)) throw error;
  expect(error.cause).toBeUndefined();
  return error;
}
