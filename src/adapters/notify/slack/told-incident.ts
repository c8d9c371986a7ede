import { createHash } from "node:crypto";
import type { Delivery } from "../../../app/notify/notifier.ts";
import { cardOf } from "./card.ts";
import type { Conversations } from "./conversations.ts";
import { countTold, findTagged } from "./finding.ts";
import { deservesChannel } from "./incident-channel.ts";
import { type CardReceipt, isPointed, withPointed } from "./incident-receipt.ts";
import { cardTag, pointerTag, replyTag } from "./message-tags.ts";
import { pointerTo } from "./pointer.ts";
import { type Place, type Posted, post, update } from "./posting.ts";
import type { SlackApi } from "./slack-api.ts";
import type { SlackMessage } from "./slack-blocks.ts";
import { goesWithout, SlackRefusal } from "./slack-failure.ts";
import { replyOf, stepsOf } from "./told-steps.ts";
import type { Progress } from "./unfinished-deliveries.ts";

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
  /** The channel of alerts, such as `#genesis-alerts`, where the incident begins. */
  readonly alerts: string;
  /** The channels that the routes of the messages name: those without the card lead to it. */
  readonly routed: readonly string[];
  /** The incident's own channel; null: it has none. */
  readonly incidentChannel: string | null;
}

/**
 * Brings Slack to where the incident is: its card, lines that lead there, and the thread.
 * @throws SlackRefusal, DeliveryError
 */
export async function tellIncident(telling: Telling): Promise<CardReceipt> {
  const { progress, delivery } = telling;
  const message = cardOf(delivery.incident);
  const hash = createHash("sha256").update(JSON.stringify(message)).digest("base64url").slice(0, 16);
  const card: Card = { message, hash };
  if (progress.card === null) progress.card = await begin(telling, card);
  else if (progress.card.hash !== hash) progress.card = await renew(telling, progress.card, card);
  const refusal = await point(telling, progress.card);
  const receipt = await reply(telling, progress.card, card);
  // Whoever is in the thread is told all the same.
  if (refusal !== null) throw refusal;
  return receipt;
}

async function begin(telling: Telling, card: Card): Promise<CardReceipt> {
  const alerts = placeOf(telling.alerts);
  const room = await openRoom(telling);
  const found = (room && (await findCard(telling, room))) ?? (await findCard(telling, alerts));
  if (found !== null) return renew(telling, receiptOf(found, ""), card);
  if (room === null) return withoutRoom(telling, await repost(telling, alerts, card));
  return repost(telling, room, card).catch(async (error: unknown) => {
    // Somebody may have archived it since, or made it one that few may write to.
    if (error instanceof SlackRefusal) return withoutRoom(telling, await repost(telling, alerts, card));
    throw error;
  });
}

/** It stays without a channel of its own, also when it could have one later. */
function withoutRoom({ delivery, incidentChannel }: Telling, receipt: CardReceipt): CardReceipt {
  if (incidentChannel === null || !deservesChannel(delivery.incident)) return receipt;
  return withPointed(receipt, incidentChannel);
}

/** Null: it has no channel of its own, or cannot have one. Then everything goes where the alerts go. */
async function openRoom({ api, conversations, delivery, incidentChannel }: Telling): Promise<Place | null> {
  if (incidentChannel === null || !deservesChannel(delivery.incident)) return null;
  try {
    const id = await conversations.open(api, incidentChannel);
    return id === null ? null : { channel: id, name: incidentChannel };
  } catch (error) {
    if (goesWithout(error, delivery.attempt)) return null;
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
    // What leads to the channel still does, unless it is another one.
    const { pointed } = place.name === receipt.name ? receipt : { pointed: "" };
    if (found === null) return { ...(await repost(telling, place, card)), pointed };
    return rewrite(telling, { ...receiptOf(found, ""), pointed }, card);
  }
}

async function rewrite(telling: Telling, receipt: CardReceipt, card: Card): Promise<CardReceipt> {
  await update(telling.api, receipt, card.message, cardTag(telling.delivery.incident));
  return { ...receipt, hash: card.hash };
}

async function repost(
  { api, conversations, delivery, progress }: Telling,
  place: Place,
  card: Card,
): Promise<CardReceipt> {
  const posted = await post(api, conversations, place, card.message, { tag: cardTag(delivery.incident) });
  progress.told = 0;
  return receiptOf(posted, card.hash);
}

/** @param not the card is not this one */
async function findCard(
  { api, conversations, delivery }: Telling,
  place: Place,
  not?: string,
): Promise<Posted | null> {
  if (delivery.attempt === 1) return null;
  const { incident, attempt } = delivery;
  const search = {
    tag: cardTag(incident),
    since: incident.startedAt,
    attempt,
    ...(not === undefined ? {} : { not }),
  };
  return findTagged(api, conversations, place, search);
}

/**
 * Leads to the card from each channel that is to hear of the incident and does not have it: what grew worse may be routed
 * elsewhere, or deserve a channel of its own, only after the card was posted.
 * @returns why a route's channel cannot be told; the others are told all the same
 */
async function point(telling: Telling, card: CardReceipt): Promise<SlackRefusal | null> {
  const { progress, delivery, routed, incidentChannel } = telling;
  const isDue = (name: string) => name !== card.name && !isPointed(card, name);
  let receipt = card;
  const settle = (name: string): void => {
    receipt = withPointed(receipt, name);
    progress.card = receipt;
  };
  let refusal: SlackRefusal | null = null;
  for (const name of new Set(routed.filter(isDue))) {
    const refused = await pointIn(telling, placeOf(name), card);
    if (refused === null) settle(name);
    refusal ??= refused;
  }
  if (incidentChannel !== null && deservesChannel(delivery.incident) && isDue(incidentChannel)) {
    const room = await openRoom(telling);
    if (room !== null) await pointIn(telling, room, card);
    settle(incidentChannel);
  }
  return refusal;
}

async function pointIn(
  { api, conversations, delivery }: Telling,
  place: Place,
  card: CardReceipt,
): Promise<SlackRefusal | null> {
  const { incident, attempt } = delivery;
  const tag = pointerTag(incident);
  try {
    const search = { tag, since: incident.startedAt, attempt };
    const found = attempt === 1 ? null : await findTagged(api, conversations, place, search);
    if (found === null) await post(api, conversations, place, pointerTo(card.channel, incident), { tag });
    return null;
  } catch (error) {
    if (error instanceof SlackRefusal) return error;
    throw error;
  }
}

async function reply(telling: Telling, receipt: CardReceipt, card: Card): Promise<CardReceipt> {
  const { api, conversations, delivery, progress } = telling;
  const { messages, incident } = delivery;
  const told = progress.told ?? (await countTold(api, receipt, delivery));
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
    const { pointed } = receipt;
    progress.card = { ...(await repost(telling, placeIn(receipt), card)), pointed };
    return send(progress.card);
  });
}

function receiptOf({ channel, name, ts }: Posted, hash: string): CardReceipt {
  return { channel, name, ts, hash, absorbed: 0, pointed: "" };
}

function placeIn({ channel, name }: Place): Place {
  return { channel, name };
}

function placeOf(name: string): Place {
  return { channel: name, name };
}
