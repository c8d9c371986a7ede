/** `a, b and 3 more`: a list that fills a screen is not read. */
export function listed(names: readonly string[], most = 10): string {
  const more = names.length - most;
  const shown = names.slice(0, most).join(", ");
  return more > 0 ? `${shown} and ${more} more` : shown;
}
