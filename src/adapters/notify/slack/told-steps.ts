import type { Incident, IncidentStep } from "../../../app/notify/incident.ts";
import type { Message, MessageKind } from "../../../domain/message.ts";
import { absorbedLine } from "./alert-section.ts";
import { type Block, LIMITS, plainSection, type SlackMessage } from "./slack-blocks.ts";
import { inert, plain } from "./slack-text.ts";

const MAX_STEP = 600;
/** Of all steps of one message: Slack refuses messages whose blocks are too long together. */
const MAX_STEPS = 9_000;
const MAX_STEPS_OF_CARD = 4_000;

/** The incident's steps that the messages stand for; one that the incident does not know is told in its own words. */
export function stepsOf(incident: Incident, messages: readonly Message[]): IncidentStep[] {
  return messages.flatMap((message) => {
    const known = incident.steps.filter(({ at, kind }) => at === message.at && kind === message.kind);
    return known.length > 0 ? known : [stepOf(message)];
  });
}

/**
 * What goes into the thread.
 * @param absorbed alerts that asked for nothing more and that the thread has not been told of; 0: says nothing of them
 */
export function replyOf(steps: readonly IncidentStep[], absorbed: number): SlackMessage {
  const blocks = stepBlocks(steps, MAX_STEPS);
  const last = steps.at(-1);
  const text = last === undefined ? "" : inert(lineOf(last), LIMITS.text);
  return { text, blocks: absorbed === 0 ? blocks : [...blocks, plainSection(absorbedLine(absorbed))] };
}

/** The steps as they go into a card, where there is no thread. */
export function stepBlocksOfCard(steps: readonly IncidentStep[]): Block[] {
  return stepBlocks(steps, MAX_STEPS_OF_CARD);
}

/** Steps with their times. Where they are too many, the oldest are only counted. */
function stepBlocks(steps: readonly IncidentStep[], most: number): Block[] {
  const lines: string[] = [];
  let length = 0;
  for (const step of steps.toReversed()) {
    const line = plain(lineOf(step), MAX_STEP);
    length += line.length + 1;
    if (length > most) break;
    lines.unshift(line);
  }
  const left = steps.length - lines.length;
  return sections(left === 0 ? lines : [`${left} earlier steps are in the console`, ...lines]);
}

function sections(lines: readonly string[]): Block[] {
  const texts: string[] = [];
  for (const line of lines) {
    const joined = `${texts.at(-1)}\n${line}`;
    if (texts.length > 0 && joined.length <= LIMITS.section) texts[texts.length - 1] = joined;
    else texts.push(line);
  }
  return texts.map(plainSection);
}

function lineOf({ at, text }: IncidentStep): string {
  return `${new Date(at).toISOString().slice(11, 19)} UTC ${text}`;
}

function stepOf({ at, kind, alert, detail }: Message): IncidentStep {
  const told = [titleOf(kind), alert, detail].filter((text) => text !== null);
  return { at, kind, text: told.join(": ") };
}

/** `rolled_back` → `Rolled back` */
function titleOf(kind: MessageKind): string {
  const words = kind.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
