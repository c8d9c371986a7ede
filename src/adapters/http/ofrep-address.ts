/** What an address of OFREP's evaluations asks for. */
export interface OfrepAddress {
  /** As it stands there; undefined: the only application that there is. */
  readonly application: string | undefined;
  /** As it stands there, and may hold slashes; undefined: all flags. */
  readonly key: string | undefined;
  readonly query: string;
}

// As express matches: in upper or lower case, with or without a slash at the end. Clients (Java's, JavaScript's and Rust's)
// put a second slash in front where their base address ends in one; a 404 would have them take the code's default.
const ADDRESS =
  /^(?:https?:\/\/[^/?#]*)?(?:\/applications\/([^/?#]+))?\/\/?ofrep\/v1\/evaluate\/flags(?:\/([^?#]*))?(?:\?([^#]*))?(?:#.*)?$/i;

/** @returns undefined for every other address */
export function ofrepAddressOf(url: string): OfrepAddress | undefined {
  const found = ADDRESS.exec(url);
  if (found === null) return undefined;
  const [, application, key, query = ""] = found;
  return { application, key: key === "" ? undefined : key, query };
}
