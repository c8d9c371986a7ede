import type { AlertTexts } from "../domain/alert.ts";

/** UTF-16 units of each text: people read no more, and the ledger keeps it. */
const MAX_TEXT = 1_000;

/** What an alert's annotations tell people; what is no text tells nothing, and refuses no alert. */
export function textsIn(annotations: unknown): { readonly texts?: AlertTexts } {
  if (typeof annotations !== "object" || annotations === null) return {};
  const text = (name: string): string | null => {
    const value: unknown = Object.hasOwn(annotations, name) ? Reflect.get(annotations, name) : null;
    if (typeof value !== "string" || value.trim() === "") return null;
    return value.length <= MAX_TEXT
      ? value
      : `${value.slice(0, MAX_TEXT - 1).replace(/[\uD800-\uDBFF]$/, "")}…`;
  };
  const texts = {
    summary: text("summary"),
    description: text("description") ?? text("message"),
    runbookUrl: addressIn(text("runbook_url")),
    dashboardUrl: addressIn(text("dashboard_url")),
  };
  return Object.values(texts).every((each) => each === null) ? {} : { texts };
}

/** It becomes a button: nothing but a web address may be one. */
function addressIn(text: string | null): string | null {
  return text !== null && /^https?:\/\//i.test(text) && URL.canParse(text) ? text : null;
}
