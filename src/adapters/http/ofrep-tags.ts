/**
 * Whether `If-None-Match` names what would be answered. Weak tags count: proxies that compress make tags weak, and the
 * client asks whether it has this, byte for byte or not.
 */
export function isKnown(header: string | undefined, etag: string): boolean {
  if (header === undefined) return false;
  if (header.trim() === "*") return true;
  return header.match(/"[^"]*"/g)?.includes(etag) ?? false;
}

/** The revision that an event stream told a client of; undefined when it is none of ours. */
export function revisionIn(flagConfigEtag: unknown): number | undefined {
  if (typeof flagConfigEtag !== "string") return undefined;
  const [, digits] = /^\s*(?:W\/)?("?)(\d{1,15})\1\s*$/.exec(flagConfigEtag)?.slice(1) ?? [];
  return digits === undefined ? undefined : Number(digits);
}
