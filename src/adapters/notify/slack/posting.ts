import { z } from "zod";
import type { Conversations } from "./conversations.ts";
import type { Tag } from "./message-tags.ts";
import type { SlackApi } from "./slack-api.ts";
import type { SlackMessage } from "./slack-blocks.ts";
import { SlackRefusal } from "./slack-failure.ts";

/** Where a message goes, or is. */
export interface Place {
  /** Slack's id of the channel; its name where that is all that is known. */
  readonly channel: string;
  /** As people know it. */
  readonly name: string;
}

export interface Posted extends Place {
  readonly ts: string;
}

interface PostOptions {
  readonly tag?: Tag;
  /** The message in whose thread it goes. */
  readonly thread?: string;
}

const postedSchema = z.object({ channel: z.string(), ts: z.string() });

/** What it says of blocks that it does not like. People must learn of it all the same: they are told by the text alone. */
const BAD_BLOCKS = new Set(["invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"]);

/**
 * Joins a public channel that the app is not in.
 * @throws SlackRefusal, DeliveryError
 */
export async function post(
  api: SlackApi,
  conversations: Conversations,
  place: Place,
  message: SlackMessage,
  { tag, thread }: PostOptions = {},
): Promise<Posted> {
  const args = {
    channel: place.channel,
    ...message,
    ...(tag === undefined ? {} : { metadata: tag }),
    ...(thread === undefined ? {} : { thread_ts: thread }),
    unfurl_links: false,
    unfurl_media: false,
  };
  const send = () =>
    orWithoutBlocks((blocks) =>
      api.call("chat.postMessage", { ...args, ...blocks }, postedSchema, place.name),
    );
  const { channel, ts } = await send().catch(async (error: unknown) => {
    if (!(error instanceof SlackRefusal) || error.code !== "not_in_channel") throw error;
    if (!(await joined(api, conversations, place))) throw error;
    return send();
  });
  conversations.remember(place.name, channel);
  return { channel, name: place.name, ts };
}

/** @throws SlackRefusal, DeliveryError */
export async function update(api: SlackApi, posted: Posted, message: SlackMessage, tag: Tag): Promise<void> {
  const { channel, ts, name } = posted;
  const args = { channel, ts, ...message, metadata: tag };
  await orWithoutBlocks((blocks) => api.call("chat.update", { ...args, ...blocks }, postedSchema, name));
}

async function orWithoutBlocks<T>(
  send: (blocks: { readonly blocks?: readonly [] }) => Promise<T>,
): Promise<T> {
  return send({}).catch((error: unknown) => {
    if (error instanceof SlackRefusal && BAD_BLOCKS.has(error.code)) return send({ blocks: [] });
    throw error;
  });
}

async function joined(
  api: SlackApi,
  conversations: Conversations,
  { channel, name }: Place,
): Promise<boolean> {
  try {
    const id = await conversations.idOf(api, channel);
    if (id === null) return false;
    await conversations.join(api, id, name);
    return true;
  } catch (error) {
    // That the app is not in the channel says more than why it may not look or join.
    if (error instanceof SlackRefusal) return false;
    throw error;
  }
}
