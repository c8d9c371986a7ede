import { distance } from "fastest-levenshtein";

/** Longer texts are not slips of the finger, and comparing them would take long. */
const MAX_LENGTH = 100;

/** `; did you mean "x"?` when one of the known names is near, else nothing. */
export function didYouMean(name: string, known: Iterable<string>): string {
  const near = nearest(name, known);
  return near === undefined ? "" : `; did you mean "${near}"?`;
}

/** The known name that was probably meant. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = 1 + Math.max(2, Math.floor(name.length / 3));
  for (const candidate of known) {
    const apart = distance(plain(name), plain(candidate));
    // A name of two letters is two slips away from any other such name.
    if (apart < bestDistance && apart < candidate.length) {
      best = candidate;
      bestDistance = apart;
    }
  }
  return best;
}

/** Case and separators are what people remember least. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[-_. ]/g, "");
}
