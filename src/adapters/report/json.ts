import type { Report } from "../../app/report/report.ts";
import { COMMANDING } from "./words.ts";

/** A point of a chart, laid out on four lines; no text has a line break of its own in JSON. */
const POINT = /\[\n\s+("[^"\n]*"),\n\s+(null|[-\d.e+]+)\n\s+\]/g;

/** The report as it is, for programs; each point of its charts is on one line. */
export function reportJson(report: Report): string {
  const text = JSON.stringify(report, null, 2).replaceAll(POINT, "[$1, $2]");
  // Still the same JSON; but nothing in it commands a terminal.
  const harmless = text.replaceAll(COMMANDING, (character) =>
    character === "\n" ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${harmless}\n`;
}
