import { z } from "zod";
import type { Instant } from "../../../domain/time.ts";
import type { Conversations } from "./conversations.ts";
import type { Tag } from "./message-tags.ts";
import type { Place, Posted } from "./posting.ts";
import type { SlackApi } from "./slack-api.ts";
import { SlackRefusal } from "./slack-failure.ts";

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

/**
 * A message with the tag that was posted since; null: there is none, or the app may not look.
 * @param not it is not this one
 * @throws DeliveryError
 */
export async function findTagged(
  api: SlackApi,
  conversations: Conversations,
  place: Place,
  search: { readonly tag: Tag; readonly since: Instant; readonly not?: string },
): Promise<Posted | null> {
  const { tag, since, not } = search;
  return unlessRefused(null, async () => {
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
 * How many messages of a delivery its thread tells of already; 0 where the app may not look.
 * @throws DeliveryError
 */
export async function countTold(api: SlackApi, card: Posted, delivery: string): Promise<number> {
  return unlessRefused(0, async () => {
    let told = 0;
    const thread = { channel: card.channel, ts: card.ts };
    for await (const { metadata } of pages(api, "conversations.replies", thread)) {
      if (metadata?.event_type !== "rollguard_delivery" || metadata.event_payload.delivery !== delivery)
        continue;
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

/** Looking is a courtesy: whoever lacks the scope for it has a message twice at worst. */
async function unlessRefused<T>(otherwise: T, look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (error instanceof SlackRefusal) return otherwise;
    throw error;
  }
}
