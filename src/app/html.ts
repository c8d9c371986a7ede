/** Markup that can be sent as it is: only the tag `html` makes it. */
export class Html {
  readonly #markup: string;

  private constructor(markup: string) {
    this.#markup = markup;
  }

  /** For the tag alone. */
  static of(strings: TemplateStringsArray, values: readonly HtmlValue[]): Html {
    const parts = strings.map((text, index) => (index === 0 ? text : markupOf(values[index - 1]) + text));
    return new Html(parts.join(""));
  }

  /** Markup of ours, in which there is nothing from outside. */
  static raw(markup: string): Html {
    return new Html(markup);
  }

  toString(): string {
    return this.#markup;
  }
}

/** What may stand in a template. Lists are joined; null and undefined are nothing. */
export type HtmlValue = Html | string | number | null | undefined | readonly HtmlValue[];

/**
 * Markup with texts from outside in it: each is escaped, whatever it is, so that none can be forgotten. It is right for text and
 * for attributes in quotes; an address goes through `safeAddress` first, and nothing from outside belongs into a script or a style.
 */
export function html(strings: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  return Html.of(strings, values);
}

/** @returns an address that a page may link to, without a user and a password; null: it is none, as `javascript:` is none */
export function safeAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  if (url.protocol === "mailto:") return url.href;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  url.username = "";
  url.password = "";
  return url.href;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Control characters, and those that turn the direction of text around. */
const COMMANDING = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/gu;

function markupOf(value: HtmlValue): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Html) return value.toString();
  if (Array.isArray(value)) return value.map(markupOf).join("");
  return escaped(String(value));
}

function escaped(text: string): string {
  return text
    .replaceAll(/\r\n?/g, "\n")
    .replaceAll(COMMANDING, (character) => (character === "\n" || character === "\t" ? character : ""))
    .replaceAll(/\p{Surrogate}/gu, "\ufffd")
    .replaceAll(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}
