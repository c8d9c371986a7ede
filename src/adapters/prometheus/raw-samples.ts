import { inParallel } from "../../app/in-parallel.ts";
import type { RawAnswer, RawSelector, RawSeries, RawSource, RawWindow } from "../../app/ports.ts";
import type { PrometheusApi } from "./prometheus-source.ts";
import { rawMatrix } from "./raw-answer.ts";
import { hasNoBound, isBound, mergedSelector, namesOf, type Parts, partsOf } from "./raw-selector.ts";

/** Selectors of one question: its answer must stay within what one answer may be. */
const IN_ONE = 1_000;
/** Questions under way at the same time: each is a heavy one. */
const AT_ONCE = 4;

interface Asked {
  readonly index: number;
  readonly asked: RawSelector;
  readonly parts: Parts;
  /** What its series have in common with no other's: name and fixed labels. */
  readonly keys: readonly string[];
}

/**
 * Reads the samples of many selectors. Those that have the same labels fixed and are otherwise alike are asked for
 * together, as one selector that matches all of them and perhaps more; their labels tell the series apart again.
 */
export function createRawSource(api: Pick<PrometheusApi, "post">): RawSource {
  return {
    async rawSamples(selectors, window) {
      const answers: RawAnswer[] = selectors.map(({ selector }) => ({
        failure: `Prometheus cannot be asked for "${selector}": it is no selector with a name`,
      }));
      await inParallel(questionsFor(selectors), AT_ONCE, async (question) => {
        const { answerTo, failure } = await answer(api, question, window);
        for (const { index, asked, keys } of question) {
          answers[index] = failure === undefined ? answerTo(keys, asked) : { failure };
        }
      });
      return answers;
    },
  };
}

function questionsFor(selectors: readonly RawSelector[]): readonly (readonly Asked[])[] {
  const groups = new Map<string, Asked[]>();
  for (const [index, asked] of selectors.entries()) {
    const parts = partsOf(asked.selector);
    if (parts === null) continue;
    const labels = [...parts.equal.keys()].sort();
    const fixed = labels.map((label) => parts.equal.get(label) ?? "");
    const keys = namesOf(parts.name, asked).map((name) => keyOf(fixed, name));
    const kind = asked.buckets === undefined ? "" : asked.buckets === "all" ? "all" : "some";
    const group = JSON.stringify([kind, labels, [...parts.others].sort()]);
    const members = groups.get(group) ?? [];
    members.push({ index, asked, parts, keys });
    groups.set(group, members);
  }
  return [...groups.values()].flatMap((group) => {
    // Neighbours have most in common.
    const sorted = group.sort((a, b) => ((a.keys[0] ?? "") < (b.keys[0] ?? "") ? -1 : 1));
    return Array.from({ length: Math.ceil(sorted.length / IN_ONE) }, (_, piece) =>
      sorted.slice(piece * IN_ONE, (piece + 1) * IN_ONE),
    );
  });
}

interface Answered {
  readonly failure?: string;
  answerTo(keys: readonly string[], asked: RawSelector): RawAnswer;
}

async function answer(
  api: Pick<PrometheusApi, "post">,
  question: readonly Asked[],
  { to, back }: RawWindow,
): Promise<Answered> {
  const query = `${mergedSelector(question)}[${back}ms]`;
  try {
    const { series, warnings } = await api.post(
      "/api/v1/query",
      [
        ["query", query],
        ["time", String(to / 1_000)],
      ],
      rawMatrix,
    );
    const labels = [...(question[0]?.parts.equal.keys() ?? [])].sort();
    const byKey = new Map<string, RawSeries[]>();
    for (const each of series) {
      const fixed = labels.map((label) => each.labels[label] ?? "");
      const key = keyOf(fixed, each.labels.__name__ ?? "");
      const found = byKey.get(key);
      if (found === undefined) byKey.set(key, [each]);
      else found.push(each);
    }
    return {
      answerTo: (keys, asked) => ({
        series: keys.flatMap((key) => (byKey.get(key) ?? []).filter((each) => isAsked(each, asked))),
        warnings,
      }),
    };
  } catch (error) {
    const failure = error instanceof Error ? error.message : String(error);
    return { failure, answerTo: () => ({ failure }) };
  }
}

function keyOf(fixed: readonly string[], name: string): string {
  return [...fixed, name].join("\0");
}

function isAsked({ labels: { le } }: RawSeries, { buckets }: RawSelector): boolean {
  if (buckets === undefined || buckets === "all" || le === undefined) return true;
  return hasNoBound(le) || buckets.some((bound) => isBound(le, bound));
}
