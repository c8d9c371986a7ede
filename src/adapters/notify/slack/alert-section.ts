import type { Incident, IncidentAlert } from "../../../app/notify/incident.ts";
import { type Block, plainSection, section } from "./slack-blocks.ts";
import { code, plain } from "./slack-text.ts";

const MAX_LABELS = 10;
const MAX_LABEL = 120;
const MAX_NAME = 120;
const MAX_NAMES = 5;
const MAX_SUMMARY = 600;

/** The rest of the message says them. */
const SAID = new Set(["alertname", "application", "severity"]);

/** What fires, by how much and where. */
export function alertBlocks({ alert, alsoFiring, absorbed }: Incident): Block[] {
  const lines = [
    ...(alert === null ? [] : linesOf(alert)),
    alsoFiring.length === 0 ? "" : `*Also firing* ${names(alsoFiring)}`,
    absorbed === 0 ? "" : absorbedLine(absorbed),
  ].filter((line) => line !== "");
  const texts = [alert?.summary, alert?.description].filter((text) => text != null && text !== "");
  return [
    ...(lines.length === 0 ? [] : [section(lines.join("\n"))]),
    ...(texts.length === 0
      ? []
      : [plainSection(texts.map((text) => plain(String(text), MAX_SUMMARY)).join("\n") || "–")]),
  ];
}

/** The counter of what came and asked for nothing more. */
export function absorbedLine(absorbed: number): string {
  return absorbed === 1
    ? "1 more alert asked for nothing more"
    : `${absorbed} more alerts asked for nothing more`;
}

function linesOf({ name, value, labels }: IncidentAlert): string[] {
  const where = Object.entries(labels).filter(([label]) => !SAID.has(label));
  const more = where.length > MAX_LABELS ? ` and ${where.length - MAX_LABELS} more` : "";
  return [
    `*Alert* ${code(name, MAX_NAME)}${value === null ? "" : ` ${code(value, MAX_LABEL)}`}`,
    where
      .slice(0, MAX_LABELS)
      .map(([label, text]) => code(`${label}=${text}`, MAX_LABEL))
      .join(" ") + more,
  ];
}

function names(all: readonly string[]): string {
  const more = all.length > MAX_NAMES ? ` and ${all.length - MAX_NAMES} more` : "";
  return (
    all
      .slice(0, MAX_NAMES)
      .map((name) => code(name, MAX_NAME))
      .join(", ") + more
  );
}
