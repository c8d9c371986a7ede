/** Of what a server says, as much as fits into a line. */
const MAX_SAID = 300;

/** Why nothing came, in the words of whoever knows it best: `fetch` itself says "fetch failed" to everything. */
export function reasonOf(error: unknown): string {
  const { message, cause, errors } = Object(error) as { message?: string; cause?: unknown; errors?: unknown };
  // Of a name with several addresses, one error for each.
  const inner = Array.isArray(errors) ? errors : [cause];
  const reasons = inner.filter((each) => typeof each === "object" && each !== null).map(reasonOf);
  return reasons.length > 0 ? [...new Set(reasons)].join(", ") : message || String(error);
}

/**
 * What the body of an error says: Prometheus' `{"error": …}`, Alertmanager's `"…"` and `{"message": …}`. A page made
 * for people says nothing in a line.
 */
export function saidBy(body: string): string {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return "";
  }
  const { error, message } = Object(json) as { error?: unknown; message?: unknown };
  const said = [json, error, message].find((each) => typeof each === "string") ?? "";
  return String(said)
    .replaceAll(/[\p{Cc}\s]+/gu, " ")
    .trim()
    .slice(0, MAX_SAID);
}
