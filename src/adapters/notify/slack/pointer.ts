import type { Incident } from "../../../app/notify/incident.ts";
import { type SlackMessage, section } from "./slack-blocks.ts";
import { inert } from "./slack-text.ts";
import { titleLine } from "./status-words.ts";

const MAX_LINE = 1_000;

/**
 * The line that leads from another channel to the one with the incident's card.
 * @param channel Slack's id of it
 */
export function pointerTo(channel: string, incident: Incident): SlackMessage {
  const line = `${inert(incident.title, 100)}: ${inert(titleLine(incident), MAX_LINE)} → <#${channel}>`;
  return { text: line, blocks: [section(line)] };
}
