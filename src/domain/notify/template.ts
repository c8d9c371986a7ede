/** What a template may name; each is told as it stands when the message is delivered. */
export const PLACEHOLDERS = [
  "application",
  "title",
  "subject",
  "tier",
  "alert",
  "summary",
  "value",
  "flags",
  "traffic_before",
  "traffic_after",
  "status",
  "detail",
] as const;

export type Placeholder = (typeof PLACEHOLDERS)[number];

export interface TemplateProblem {
  readonly message: string;
  /** The one that there is none of; null where it is something else. */
  readonly placeholder: string | null;
}

const PLACE = /\{\{\s*([^{}]*?)\s*\}\}/g;
/** Characters: it is one line. */
const MAX_TEMPLATE = 500;

/** @returns none for a template that can be filled in */
export function templateProblems(text: string): TemplateProblem[] {
  const problems: TemplateProblem[] = [];
  const add = (message: string, placeholder: string | null = null): void => {
    problems.push({ message, placeholder });
  };
  if (text.trim() === "") add("is empty: leave it out for the built-in text");
  if (text.length > MAX_TEMPLATE) add(`has more than ${MAX_TEMPLATE} characters`);
  for (const [, name] of text.matchAll(PLACE) as Iterable<[string, string]>)
    if (!isPlaceholder(name)) add(`there is no placeholder {{${name.slice(0, 50)}}}`, name);
  if (/\{\{|\}\}/.test(text.replace(PLACE, "")))
    add("braces that do not fit: write placeholders as {{alert}}");
  return problems;
}

/** What is not known is told as a dash. */
export function fillTemplate(text: string, values: Readonly<Record<Placeholder, string | null>>): string {
  return text.replace(PLACE, (all, name: string) => (isPlaceholder(name) ? (values[name] ?? "–") : all));
}

function isPlaceholder(name: string): name is Placeholder {
  return (PLACEHOLDERS as readonly string[]).includes(name);
}
