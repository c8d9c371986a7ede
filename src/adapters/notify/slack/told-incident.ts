import { createHash } from "node:crypto";
import type { Delivery } from "../../../app/notify/notifier.ts";
import { DeliveryError } from "../../../app/notify/notifier.ts";
import { cardOf } from "./card.ts";
import type { Conversations } from "./conversations.ts";
import { countTold, findTagged } from "./finding.ts";
import { deservesChannel } from "./incident-channel.ts";
import type { CardReceipt } from "./incident-receipt.ts";
import { cardTag, pointerTag, replyTag } from "./message-tags.ts";
import { pointerTo } from "./pointer.ts";
import { type Place, type Posted, post, update } from "./posting.ts";
import type { SlackApi } from "./slack-api.ts";
import type { SlackMessage } from "./slack-blocks.ts";
import { SlackRefusal } from "./slack-failure.ts";
import { replyOf, stepsOf } from "./told-steps.ts";
import type { Progress } from "./unfinished-deliveries.ts";

/** How often a channel that cannot be opened now is worth waiting for. */
const PATIENCE = 3;

/** The card cannot be written anew where it is. */
const CARD_IS_GONE = new Set(["message_not_found", "edit_window_closed", "cant_update_message"]);
const CHANNEL_IS_GONE = new Set(["channel_not_found", "is_archived", "not_in_channel"]);
const THREAD_IS_GONE = new Set(["thread_not_found", "message_not_found", "cannot_reply_to_message"]);

/** The card as it is to be. */
interface Card {
  readonly message: SlackMessage;
  readonly hash: string;
}

export interface Telling {
  readonly api: SlackApi;
  readonly conversations: Conversations;
  readonly delivery: Delivery;
  /** Written as it goes on, so that whoever tries again knows. */
  readonly progress: Progress;
  /** The channel of alerts, such as `#genesis-alerts`. */
  readonly alerts: string;
  /** The incident's own channel; null: it has none. */
  readonly incidentChannel: string | null;
}

/**
 * Brings Slack to where the incident is: its card, a line that leads there, and the thread.
 * @throws SlackRefusal, DeliveryError
 */
export async function tellIncident(telling: Telling): Promise<CardReceipt> {
  const { progress, delivery } = telling;
  const message = cardOf(delivery.incident);
  const hash = createHash("sha256").update(JSON.stringify(message)).digest("base64url").slice(0, 16);
  const card: Card = { message, hash };
  if (progress.card === null) progress.card = await begin(telling, card);
  else if (progress.card.hash !== hash) progress.card = await renew(telling, progress.card, card);
  if (!progress.card.pointed) progress.card = await point(telling, progress.card);
  return reply(telling, progress.card, card);
}

async function begin(telling: Telling, card: Card): Promise<CardReceipt> {
  const alerts = placeOf(telling.alerts);
  const room = await openRoom(telling);
  const found = (room && (await findCard(telling, room))) ?? (await findCard(telling, alerts));
  if (found !== null) return renew(telling, receiptOf(telling, found, ""), card);
  if (room === null) return repost(telling, alerts, card);
  return repost(telling, room, card).catch((error: unknown) => {
    // Somebody may have archived it since, or made it one that few may write to.
    if (error instanceof SlackRefusal) return repost(telling, alerts, card);
    throw error;
  });
}

/** Null: it has no channel of its own, or cannot have one. Then everything goes where the alerts go. */
async function openRoom({ api, conversations, delivery, incidentChannel }: Telling): Promise<Place | null> {
  if (incidentChannel === null || !deservesChannel(delivery.incident)) return null;
  try {
    const id = await conversations.open(api, incidentChannel);
    return id === null ? null : { channel: id, name: incidentChannel };
  } catch (error) {
    if (error instanceof SlackRefusal) return null;
    if (error instanceof DeliveryError && delivery.attempt >= PATIENCE) return null;
    throw error;
  }
}

async function renew(telling: Telling, receipt: CardReceipt, card: Card): Promise<CardReceipt> {
  try {
    return await rewrite(telling, receipt, card);
  } catch (error) {
    const code = error instanceof SlackRefusal ? error.code : "";
    if (!CARD_IS_GONE.has(code) && !CHANNEL_IS_GONE.has(code)) throw error;
    const place = CARD_IS_GONE.has(code) ? placeIn(receipt) : placeOf(telling.alerts);
    const found = await findCard(telling, place, receipt.ts);
    if (found === null) return repost(telling, place, card);
    return rewrite(telling, receiptOf(telling, found, ""), card);
  }
}

async function rewrite(telling: Telling, receipt: CardReceipt, card: Card): Promise<CardReceipt> {
  await update(telling.api, receipt, card.message, cardTag(telling.delivery.incident));
  return { ...receipt, hash: card.hash };
}

async function repost(
  { api, conversations, delivery, progress, alerts }: Telling,
  place: Place,
  card: Card,
): Promise<CardReceipt> {
  const posted = await post(api, conversations, place, card.message, { tag: cardTag(delivery.incident) });
  progress.told = 0;
  return receiptOf({ alerts }, posted, card.hash);
}

/** @param not the card is not this one */
async function findCard(
  { api, conversations, delivery }: Telling,
  place: Place,
  not?: string,
): Promise<Posted | null> {
  if (delivery.attempt === 1) return null;
  const { incident } = delivery;
  const search = { tag: cardTag(incident), since: incident.startedAt, ...(not === undefined ? {} : { not }) };
  return findTagged(api, conversations, place, search);
}

async function point(
  { api, conversations, delivery, alerts }: Telling,
  card: CardReceipt,
): Promise<CardReceipt> {
  const { incident, attempt } = delivery;
  const place = placeOf(alerts);
  const tag = pointerTag(incident);
  const search = { tag, since: incident.startedAt };
  const found = attempt === 1 ? null : await findTagged(api, conversations, place, search);
  if (found === null) await post(api, conversations, place, pointerTo(card.channel, incident), { tag });
  return { ...card, pointed: true };
}

async function reply(telling: Telling, receipt: CardReceipt, card: Card): Promise<CardReceipt> {
  const { api, conversations, delivery, progress } = telling;
  const { messages, incident } = delivery;
  const told = progress.told ?? (await countTold(api, receipt, delivery.id));
  if (told >= messages.length) return receipt;
  // What is in the thread already has told of them too.
  const absorbed = told > 0 ? 0 : Math.max(0, incident.absorbed - receipt.absorbed);
  const message = replyOf(stepsOf(incident, messages.slice(told)), absorbed);
  const send = async (to: CardReceipt): Promise<CardReceipt> => {
    // Until Slack has answered nobody knows whether it is there.
    progress.told = null;
    await post(api, conversations, placeIn(to), message, { tag: replyTag(delivery), thread: to.ts });
    progress.told = messages.length;
    progress.card = { ...to, absorbed: incident.absorbed };
    return progress.card;
  };
  return send(receipt).catch(async (error: unknown) => {
    if (!(error instanceof SlackRefusal) || !THREAD_IS_GONE.has(error.code)) throw error;
    progress.card = await repost(telling, placeIn(receipt), card);
    return send(progress.card);
  });
}

function receiptOf(
  { alerts }: Pick<Telling, "alerts">,
  { channel, name, ts }: Posted,
  hash: string,
): CardReceipt {
  return { channel, name, ts, hash, absorbed: 0, pointed: name === alerts };
}

function placeIn({ channel, name }: Place): Place {
  return { channel, name };
}

function placeOf(name: string): Place {
  return { channel: name, name };
}
