import { z } from "zod";
import type { Delivery } from "../../../app/notify/notifier.ts";
import type { Instant } from "../../../domain/time.ts";
import type { Conversations } from "./conversations.ts";
import type { Tag } from "./message-tags.ts";
import type { Place, Posted } from "./posting.ts";
import type { SlackApi } from "./slack-api.ts";
import { goesWithout } from "./slack-failure.ts";

const pageSchema = z.object({
  messages: z.array(
    z.object({
      ts: z.string(),
      metadata: z
        .object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) })
        .optional()
        .catch(undefined),
    }),
  ),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});

type Found = z.infer<typeof pageSchema>["messages"][number];

const PAGE = 200;
const PAGES = 5;
/** Slack's clock may be behind. */
const SKEW = 300_000;

interface Search {
  readonly tag: Tag;
  readonly since: Instant;
  /** It is not this one. */
  readonly not?: string;
  /** Of the delivery, from 1. */
  readonly attempt: number;
}

/**
 * A message with the tag that was posted since; null: there is none, or the app cannot look.
 * @throws DeliveryError
 */
export async function findTagged(
  api: SlackApi,
  conversations: Conversations,
  place: Place,
  search: Search,
): Promise<Posted | null> {
  const { tag, since, not, attempt } = search;
  return ifPossible(null, attempt, async () => {
    const channel = await conversations.idOf(api, place.channel);
    if (channel === null) return null;
    const oldest = ((since - SKEW) / 1_000).toFixed(6);
    for await (const message of pages(api, "conversations.history", { channel, oldest })) {
      if (message.ts !== not && isTagged(message, tag)) return { channel, name: place.name, ts: message.ts };
    }
    return null;
  });
}

/**
 * How many messages of a delivery its thread tells of already; 0 where the app cannot look.
 * @throws DeliveryError
 */
export async function countTold(
  api: SlackApi,
  card: Posted,
  { id, attempt }: Pick<Delivery, "id" | "attempt">,
): Promise<number> {
  return ifPossible(0, attempt, async () => {
    let told = 0;
    const thread = { channel: card.channel, ts: card.ts };
    for await (const { metadata } of pages(api, "conversations.replies", thread)) {
      if (metadata?.event_type !== "rollguard_delivery" || metadata.event_payload.delivery !== id) continue;
      told = Math.max(told, Number(metadata.event_payload.messages) || 0);
    }
    return told;
  });
}

async function* pages(
  api: SlackApi,
  method: string,
  args: Readonly<Record<string, string>>,
): AsyncGenerator<Found> {
  let cursor: string | undefined;
  for (let page = 0; page < PAGES; page++) {
    const all = { ...args, include_all_metadata: true, limit: PAGE, ...(cursor ? { cursor } : {}) };
    const answer = await api.call(method, all, pageSchema);
    yield* answer.messages;
    cursor = answer.response_metadata?.next_cursor;
    if (!cursor) return;
  }
}

function isTagged({ metadata }: Found, { event_type, event_payload }: Tag): boolean {
  if (metadata?.event_type !== event_type) return false;
  return Object.entries(event_payload).every(([key, value]) => metadata.event_payload[key] === value);
}

/** Looking is a courtesy: without it a message comes twice at worst, which is better than never. */
async function ifPossible<T>(otherwise: T, attempt: number, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (goesWithout(error, attempt)) return otherwise;
    throw error;
  }
}
