import { describe, expect, test } from "@jest/globals";
import { RawReader } from "../../src/app/gather-counts/raw-reader.ts";
import type { RawSelector, RawSource, RawWindow } from "../../src/app/ports.ts";
import { START } from "./scraped.ts";

const BACK = 90_000;
const at = (block: number): RawWindow => ({ to: START + block * 30_000, back: BACK });
const of = (...names: readonly string[]): RawSelector[] => names.map((selector) => ({ selector }));

/** Answers with the selector's name, or that it fails. */
function prometheus(failing: ReadonlySet<string> = new Set()): RawSource & { questions: string[] } {
  const questions: string[] = [];
  return {
    questions,
    async rawSamples(selectors, { to }) {
      questions.push(`${(to - START) / 30_000}: ${selectors.map(({ selector }) => selector).join(" ")}`);
      return selectors.map(({ selector }) =>
        failing.has(selector)
          ? { failure: "no" }
          : { series: [{ labels: { selector }, samples: [], histograms: [] }], warnings: [] },
      );
    },
  };
}

const names = (answers: readonly unknown[]): string[] =>
  answers.map((answer) => JSON.stringify(answer).replace(/.*"selector":"(\w+)".*/, "$1"));

describe("a reader of samples", () => {
  test("asks one question for all that is asked in a turn, and each once", async () => {
    const source = prometheus();
    const reader = new RawReader(source);
    const answers = await Promise.all([
      reader.regularly(of("a", "b"), at(0)),
      reader.regularly(of("b", "c"), at(0)),
      reader.once(of("d"), at(0)),
    ]);
    expect(answers.map(names)).toEqual([["a", "b"], ["b", "c"], ["d"]]);
    expect(source.questions).toEqual(["0: a b c d"]);
  });

  test("asks for everybody's in the next window when the first one comes, and the others find theirs", async () => {
    const source = prometheus();
    const reader = new RawReader(source);
    for (const block of [0, 1, 2])
      for (const name of ["a", "b", "c"]) await reader.regularly(of(name), at(block));
    expect(source.questions).toEqual(["0: a", "0: b", "0: c", "1: a b c", "2: a b c"]);
  });

  test("forgets what nobody asks for any more", async () => {
    const source = prometheus();
    const reader = new RawReader(source);
    await reader.regularly(of("a", "b"), at(0));
    for (const block of [1, 2, 3, 4]) await reader.regularly(of("a"), at(block));
    expect(source.questions).toEqual(["0: a b", "1: a b", "2: a b", "3: a", "4: a"]);
  });

  test("who asks for a window that is past gets that one", async () => {
    const source = prometheus();
    const reader = new RawReader(source);
    await reader.regularly(of("a"), at(1));
    await reader.regularly(of("a"), at(0));
    await reader.regularly(of("a"), at(1));
    expect(source.questions).toEqual(["1: a", "0: a"]);
  });

  test("a failure is asked again by the next one, and is nobody else's", async () => {
    const failing = new Set(["a"]);
    const source = prometheus(failing);
    const reader = new RawReader(source);
    expect(await reader.regularly(of("a", "b"), at(0))).toMatchObject([{ failure: "no" }, { series: [{}] }]);
    failing.clear();
    expect(names(await reader.regularly(of("a", "b"), at(0)))).toEqual(["a", "b"]);
    expect(source.questions).toEqual(["0: a b", "0: a"]);
  });

  test("nothing is asked where nothing is wanted", async () => {
    const source = prometheus();
    expect(await new RawReader(source).once([], at(0))).toEqual([]);
    expect(source.questions).toEqual([]);
  });
});
