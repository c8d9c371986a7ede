const PLAIN_ACTION = /\{\{-?\s*(?:\$(value)|\$labels\.([A-Za-z_]\w*)|"([^"\\]*)")\s*-?\}\}/g;

/**
 * What Prometheus makes of a template that only names the value, labels and quoted text.
 * @returns undefined when it does more than that
 */
export function expandedTemplate(
  text: string,
  value: number,
  labels: ReadonlyMap<string, string>,
): string | undefined {
  if (text.replaceAll(PLAIN_ACTION, "").includes("{{")) return undefined;
  return text.replaceAll(
    PLAIN_ACTION,
    (_, isValue, label: string | undefined, quoted: string | undefined) => {
      if (isValue !== undefined) return goNumber(value);
      return label === undefined ? String(quoted) : (labels.get(label) ?? "");
    },
  );
}

/** As Go prints a float64: like JavaScript, but small numbers get their exponent earlier, of two digits. */
function goNumber(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4) return String(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}
