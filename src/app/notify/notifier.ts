import type { Channel, Message } from "../../domain/message.ts";
import type { Duration } from "../../domain/time.ts";
import type { Receipt } from "../outbox.ts";
import type { Incident } from "./incident.ts";

/** One way to people. */
export interface Notifier {
  readonly channel: Channel;
  /**
   * Delivers messages of one subject in one go. It may be called again for what was delivered already, when a process died
   * before that was noted: then nothing should come twice, as far as the service on the other side can tell.
   * @returns what the next delivery of the subject is given back; null: nothing
   * @throws DeliveryError
   */
  deliver(delivery: Delivery, signal: AbortSignal): Promise<Receipt | null>;
  /**
   * Sends a marked sample, for `notifications test`.
   * @returns where it went, in words
   * @throws DeliveryError
   */
  test(sample: Incident, signal: AbortSignal): Promise<string>;
}

export interface Delivery {
  /** Of the first message; the same whenever it is tried again: `<application>/<revision>-<index>`. */
  readonly id: string;
  /** The oldest first; several where they piled up. All of one subject. */
  readonly messages: readonly [Message, ...Message[]];
  /** As it stands now, which may be after the last of the messages. */
  readonly incident: Incident;
  readonly receipt: Receipt | null;
  /** From 1. Above it, it may have been delivered before. */
  readonly attempt: number;
}

/** Why something could not be delivered, in words and without any secret. */
export class DeliveryError extends Error {
  /** `refused`: it fails until somebody changes something, such as a wrong token; it is tried again rarely. */
  readonly kind: "unavailable" | "refused";
  /** When the service wants to be asked again; null: it did not say. */
  readonly retryAfter: Duration | null;

  constructor(
    kind: DeliveryError["kind"],
    message: string,
    { retryAfter = null, cause }: { retryAfter?: Duration | null; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = "DeliveryError";
    this.kind = kind;
    this.retryAfter = retryAfter;
  }
}
