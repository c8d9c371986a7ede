/** A message as Slack takes it. `text` is what notifications and screen readers tell. */
export interface SlackMessage {
  readonly text: string;
  readonly blocks: readonly Block[];
}

export type Block =
  | { readonly type: "header"; readonly text: PlainText }
  | { readonly type: "section"; readonly text: Text }
  | { readonly type: "section"; readonly fields: readonly Text[] }
  | { readonly type: "context"; readonly elements: readonly Text[] }
  | { readonly type: "actions"; readonly elements: readonly LinkButton[] };

type Text = PlainText | Formatted;

interface PlainText {
  readonly type: "plain_text";
  readonly text: string;
  readonly emoji: boolean;
}

/** `verbatim`: Slack makes no links of what only looks like one. */
interface Formatted {
  readonly type: "mrkdwn";
  readonly text: string;
  readonly verbatim: true;
}

interface LinkButton {
  readonly type: "button";
  readonly text: PlainText;
  readonly url: string;
  readonly action_id: string;
}

/** Slack refuses a whole message for one text that is longer. https://docs.slack.dev/reference/block-kit/blocks */
export const LIMITS = {
  text: 4_000,
  header: 150,
  section: 3_000,
  field: 2_000,
  fields: 10,
  url: 3_000,
} as const;

export const header = (text: string): Block => ({ type: "header", text: plainText(text, true) });

export const plainSection = (text: string): Block => ({ type: "section", text: plainText(text) });

export const section = (text: string): Block => ({ type: "section", text: formatted(text) });

/** In two columns. */
export function fields(texts: readonly string[]): Block {
  return { type: "section", fields: texts.slice(0, LIMITS.fields).map(formatted) };
}

export const context = (text: string): Block => ({ type: "context", elements: [plainText(text)] });

/** Buttons that are links; null when there is none. An address that Slack would refuse is left out. */
export function buttons(links: readonly (readonly [label: string, url: string | null])[]): Block | null {
  const elements = links.flatMap(([label, url]): LinkButton[] => {
    const address = url === null ? null : addressOf(url);
    return address === null
      ? []
      : [{ type: "button", text: plainText(label), url: address, action_id: `open_${label.toLowerCase()}` }];
  });
  return elements.length === 0 ? null : { type: "actions", elements };
}

/** Null: not an address that a browser opens. */
export function addressOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { protocol, href } = new URL(url);
  return /^https?:$/.test(protocol) && href.length <= LIMITS.url ? href : null;
}

function plainText(text: string, emoji = false): PlainText {
  return { type: "plain_text", text, emoji };
}

function formatted(text: string): Formatted {
  return { type: "mrkdwn", text, verbatim: true };
}
