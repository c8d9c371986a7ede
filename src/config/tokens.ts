/** A line of the tokens file. */
export interface TokenEntry {
  readonly role: "client" | "viewer" | "operator";
  readonly name: string;
  /** SHA-256 of the token, hexadecimal. */
  readonly sha256: string;
}

const LINE = /^(client|viewer|operator)\s+([A-Za-z0-9._@-]{1,64})\s+([0-9a-f]{64})$/;

/**
 * Reads `role name sha256` lines; empty ones and those behind `#` are passed over.
 * @returns the entries, and what is wrong with the other lines, by their number
 */
export function parseTokens(text: string): { entries: TokenEntry[]; problems: string[] } {
  const entries: TokenEntry[] = [];
  const problems: string[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    const trimmed = line.trim();
    if (trimmed === "" || trimmed.startsWith("#")) continue;
    const [, role, name, sha256] = LINE.exec(trimmed) ?? [];
    if (role === undefined || name === undefined || sha256 === undefined) {
      problems.push(
        `line ${index + 1}: expected "client|viewer|operator <name> <sha256 of the token>"; printf %s "$TOKEN" | sha256sum`,
      );
    } else entries.push({ role: role as TokenEntry["role"], name, sha256 });
  }
  return { entries, problems };
}
