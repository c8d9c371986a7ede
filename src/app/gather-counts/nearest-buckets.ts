import type { RawWindow } from "../ports.ts";
import type { CountReader } from "./count-reader.ts";
import { type CountedCriterion, selectorsFor } from "./counted-by.ts";
import { boundOf, type WithoutBucket } from "./histogram-tracks.ts";

/** Why a share cannot be told, and between which buckets it would lie. */
export async function nearestBuckets(
  reader: CountReader,
  criterion: CountedCriterion,
  { withoutBucket: bound, instance }: WithoutBucket,
  window: RawWindow,
): Promise<string> {
  const [selector] = selectorsFor(criterion);
  const where = `${selector?.selector}${instance === "" ? "" : ` of ${instance}`}`;
  const [answer] = selector === undefined ? [] : await reader.once([{ ...selector, buckets: "all" }], window);
  const bounds =
    answer !== undefined && "series" in answer
      ? answer.series
          .filter(({ labels }) => (labels.instance ?? "") === instance)
          .flatMap(({ labels: { le } }) => (le === undefined ? [] : [boundOf(le)]))
          .filter((each) => Number.isFinite(each))
      : [];
  const below = Math.max(...bounds.filter((each) => each < bound));
  const above = Math.min(...bounds.filter((each) => each > bound));
  const near = [below, above].filter(Number.isFinite).map(inWords);
  const nearest =
    near.length === 0 ? "" : `; the nearest ${near.length === 1 ? "is" : "are"} ${near.join(" and ")}`;
  return `${inWords(bound)} is no bucket of ${where}${nearest}`;
}

function inWords(seconds: number): string {
  return `${Number((seconds * 1_000).toPrecision(12))} ms`;
}
