import { cutText } from "../cut.ts";

/** Control characters, what turns the direction of text around, and what nobody sees. */
const COMMANDING = /[\p{Cc}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

/** A text from outside on one line: it begins no header and no paragraph of its own, and fills no page. */
export function oneLine(text: string, most: number): string {
  const line = text
    .replaceAll(/[\s\u2028\u2029]+/gu, " ")
    .replaceAll(COMMANDING, "")
    .trim();
  return cutText(line, most);
}
