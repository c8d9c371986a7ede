import { z } from "zod";
import type { Receipt } from "../../../app/ports.ts";

/** Where an incident's card is. It stays there. */
export type CardReceipt = z.infer<typeof receiptSchema>;

const receiptSchema = z.object({
  /** Slack's id of the channel. */
  channel: z.string(),
  /** The channel as people know it. */
  name: z.string(),
  /** Slack's id of the card, and of its thread. */
  ts: z.string(),
  /** Of the card as it was last written. */
  hash: z.string(),
  /** What the thread has been told of the alerts that asked for nothing more. */
  absorbed: z.number(),
  /** The alerts channel leads to it, or it is there itself. */
  pointed: z.boolean(),
});

/** Null: there is none, or another notifier wrote it. */
export function readReceipt(receipt: Receipt | null): CardReceipt | null {
  return receiptSchema.safeParse(receipt).data ?? null;
}
