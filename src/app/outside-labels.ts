/** What is kept of outside text; Alertmanager itself sets no bound. Counts of UTF-16 units. */
const MAX_LABELS = 64;
const MAX_NAME = 256;
const MAX_VALUE = 1_024;

type Labels = Readonly<Record<string, string>>;

/** Prometheus knows no empty labels: an empty one is a missing one. */
export function labelOf(labels: Labels, name: string): string | null {
  return Object.hasOwn(labels, name) && labels[name] ? short(labels[name]) : null;
}

/** Almost always the labels as they are; a copy only where something is too large to be kept. */
export function keptLabels(labels: Labels): Labels {
  let count = 0;
  let fits = true;
  for (const name in labels) {
    count += 1;
    if (name.length > MAX_NAME || (labels[name] ?? "").length > MAX_VALUE) fits = false;
  }
  if (fits && count <= MAX_LABELS) return labels;
  const kept: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(labels).slice(0, MAX_LABELS)) {
    kept[short(name)] = short(value, MAX_VALUE);
  }
  return kept;
}

export function short(text: string, length = MAX_NAME): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
