/** Control characters, what turns the direction of text around, what nobody sees, and halves of characters. */
const COMMANDING = /[\p{Cc}\p{Cs}\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;" };

/** What looks the same and formats nothing. */
const LOOKALIKES: Readonly<Record<string, string>> = { "*": "∗", _: "ˍ", "~": "∼", "`": "ˋ" };

const WORD = /[\p{L}\p{N}]/u;

/** A text from outside on one line, for where Slack formats nothing: mentions and links in it do nothing either. */
export function plain(text: string, most: number): string {
  return escaped(oneLine(text), most);
}

/**
 * The same for where Slack formats. Characters that could begin or end a format are replaced; those within a word, as in
 * `flag_name`, or between spaces cannot, and stay as they are, to be copied.
 */
export function inert(text: string, most: number): string {
  const line = oneLine(text);
  return escaped(
    line.replaceAll(/[*_~`]/gu, (mark, at: number) =>
      isWithin(line, at) && mark !== "`" ? mark : (LOOKALIKES[mark] ?? mark),
    ),
    most,
  );
}

/** The same as code, which nothing in it can close. */
export function code(text: string, most: number): string {
  const line = oneLine(text).replaceAll("`", LOOKALIKES["`"] ?? "");
  return `\`${escaped(line === "" ? "–" : line, most - 2)}\``;
}

function oneLine(text: string): string {
  return text
    .replaceAll(/[\s\u2028\u2029]+/gu, " ")
    .replaceAll(COMMANDING, "")
    .trim();
}

/** Cut between two code points, and never within an entity. */
function escaped(text: string, most: number): string {
  let kept = "";
  let cut = "";
  for (const character of text) {
    kept += ENTITIES[character] ?? character;
    if (kept.length > most) return `${cut}…`;
    if (kept.length < most) cut = kept;
  }
  return kept;
}

function isWithin(line: string, at: number): boolean {
  const [before, after] = [line.charAt(at - 1), line.charAt(at + 1)];
  return (WORD.test(before) && WORD.test(after)) || (before === " " && after === " ");
}
