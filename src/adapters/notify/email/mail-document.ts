/** A mail before it is text and HTML. Texts are from outside, on one line each, and escaped where they are written. */
export interface MailDocument {
  /** Above all, where this is no real news; null: it is. */
  readonly mark: string | null;
  readonly badge: string;
  readonly tone: Tone;
  readonly headline: string;
  /** Paragraphs below it. */
  readonly lead: readonly string[];
  readonly blocks: readonly Block[];
  /** Whose it is, and why somebody gets it. */
  readonly foot: readonly string[];
}

export type Tone = "bad" | "warn" | "good" | "calm";

export type Block =
  | {
      readonly kind: "facts";
      readonly heading: string;
      readonly rows: readonly (readonly [name: string, value: string])[];
    }
  | {
      readonly kind: "list";
      readonly heading: string;
      readonly items: readonly string[];
      /** Is to be seen first. */
      readonly urgent: boolean;
    }
  | {
      readonly kind: "changes";
      readonly heading: string;
      readonly rows: readonly { readonly name: string; readonly before: string; readonly after: string }[];
      /** How many are left out. */
      readonly more: number;
    }
  | { readonly kind: "links"; readonly heading: string; readonly links: readonly MailLink[] };

export interface MailLink {
  readonly name: string;
  readonly url: string;
}

export function facts(
  heading: string,
  rows: readonly (readonly [name: string, value: string | null])[],
): Block {
  return {
    kind: "facts",
    heading,
    rows: rows.flatMap(([name, value]) => (value === null ? [] : [[name, value]])),
  };
}

export function list(heading: string, items: readonly string[], { urgent = false } = {}): Block {
  return { kind: "list", heading, items, urgent };
}

/** A heading with nothing below it is left out. */
export function isEmpty(block: Block): boolean {
  switch (block.kind) {
    case "list":
      return block.items.length === 0;
    case "links":
      return block.links.length === 0;
    default:
      return block.rows.length === 0;
  }
}
