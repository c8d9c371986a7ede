import { Document, visit } from "yaml";

/** Go programs take some of these for the end of a line, and refuse the others, unless they are escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about.
const UNSPEAKABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/;
const ESCAPED = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/**
 * Writes plain data as YAML, always the same bytes for the same data: keys stay in their order, lines are not
 * folded, nothing is shared by anchors. Text that YAML 1.1 would take for something else is quoted, since that is
 * what Go programs read.
 * @param header lines of the comment at the top
 */
export function yamlText(data: unknown, header: readonly string[]): string {
  const document = new Document(data, { version: "1.1", aliasDuplicateObjects: false });
  document.directives = undefined;
  visit(document, {
    Scalar(_, scalar) {
      if (typeof scalar.value === "string" && UNSPEAKABLE.test(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  const text = document.toString({ lineWidth: 0, indentSeq: true, blockQuote: "literal" });
  // The quoted style leaves them as they are.
  const spoken = text.replaceAll(
    ESCAPED,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `${header.map((line) => `# ${line}\n`).join("")}\n${spoken}`;
}
