import { isPlainTree, libraryText, plainTreeText } from "./plain-yaml.ts";

/** Go programs take some of these for the end of a line, and refuse the others; the quoted style leaves them. */
const UNESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * Writes plain data as YAML, always the same bytes for the same data: keys stay in their order, lines are not
 * folded, nothing is shared by anchors. Text that YAML 1.1 would take for something else is quoted, since that is
 * what Go programs read.
 * @param header lines of the comment at the top
 */
export function yamlText(data: unknown, header: readonly string[]): string {
  const text = isPlainTree(data) ? plainTreeText(data) : libraryText(data);
  const spoken = text.replaceAll(
    UNESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${header.map((line) => `# ${line}\n`).join("")}\n${spoken}`;
}
