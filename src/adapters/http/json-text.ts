/** A byte-order mark says how the text is encoded; JSON.parse takes it for a part of the text. */
export function jsonText(bytes: Buffer): string {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
    ? bytes.toString("utf8", 3)
    : bytes.toString("utf8");
}
