import type { Incident } from "../../../app/notify/incident.ts";
import { cardOf } from "./card.ts";
import { context, plainSection, type SlackMessage } from "./slack-blocks.ts";

const MARK =
  "🧪 This is a test of Rollguard's notifications. Nothing has happened, and there is nothing to do.";

/** A card that nobody takes for an incident. */
export function markedSample(sample: Incident): SlackMessage {
  const { text, blocks } = cardOf({ ...sample, headline: `[TEST] ${sample.headline}` });
  return { text: `[TEST] ${text}`, blocks: [plainSection(MARK), ...blocks, context(MARK)] };
}
