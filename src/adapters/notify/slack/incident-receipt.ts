import { z } from "zod";
import type { Receipt } from "../../../app/outbox.ts";

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
  /** Other channels, as people know them, that lead to it or that it does without; spaces between them. */
  pointed: z.string().catch(""),
});

const MOST_POINTED = 10;

/** Nothing more is to be posted in the channel. Beyond ten the oldest are forgotten: another pointer is better than none. */
export function withPointed(receipt: CardReceipt, name: string): CardReceipt {
  const all = receipt.pointed.split(" ").filter((each) => each !== "");
  return { ...receipt, pointed: [...all, name].slice(-MOST_POINTED).join(" ") };
}

export function isPointed({ pointed }: CardReceipt, name: string): boolean {
  return pointed.split(" ").includes(name);
}

/** Null: there is none, or another notifier wrote it. */
export function readReceipt(receipt: Receipt | null): CardReceipt | null {
  return receiptSchema.safeParse(receipt).data ?? null;
}
