import { expect, it } from "@jest/globals";
import { countedReading } from "../../src/domain/counts-told.ts";
import type { CountedCriterion } from "../../src/domain/gate-counts.ts";
import {
  type CountJudgement,
  foldCounts,
  type JudgeTerms,
  startCounts,
} from "../../src/domain/judging/judge-counts.ts";
import { compare, countedCriterion, countsOf, type Requests } from "../support/counted.ts";

const terms: JudgeTerms = {
  red: 0.01,
  green: 0.001,
  margin: 0.005,
  yellow: "as-before",
  alpha: 0.05,
  criteria: 1,
  stages: 1,
  bake: 3_600_000,
};

const judgement = { verdict: "green", by: "limit", asBefore: false, isAlone: false, redness: 0 } as const;

function told(requests: Requests, verdict: Partial<CountJudgement>, more: Partial<CountedCriterion> = {}) {
  const criterion = countedCriterion({ compare });
  const counts = countsOf({ since: 0, counted: criterion.counted }, 300_000, () => requests);
  return countedReading({
    criterion,
    terms,
    state: foldCounts(startCounts(terms, 0, null), counts, terms),
    isUsualKnown: true,
    recent: [],
    recentControl: [],
    ...more,
    judgement: { ...judgement, ...verdict },
  });
}

const requests = {
  total: 0,
  bad: 0,
  treatment: { total: 82, bad: 4 },
  control: { total: 1_560, bad: 1 },
};

it("names treatment and control beside the margin, of the last minutes where those are worse", () => {
  expect(told(requests, { verdict: "red", by: "control" })).toMatchObject({
    total: 820,
    control: { total: 15_600, bad: 10 },
    words:
      "treatment 4.9 % of 820, control 0.064 % of 15,600; margin 0.5 %: red (by chance in at most 2.5 % of healthy rollouts)",
  });
  const recent = [{ total: 100, bad: 50, elevated: 50 }];
  expect(told(requests, { verdict: "red", by: "control" }, { recent }).words).toMatch(
    /^treatment 50 % of 100, control without a request in the last 5m; margin/,
  );
});

it("tells what was slow by the green bound where nothing is red", () => {
  const counts = { kind: "latency", histogram: "seconds", of: { quantile: 0.9 } } as const;
  const criterion = countedCriterion({ counts }, "p90", ["< 250", null]);
  const words = told(requests, {}, { criterion }).words;
  expect(words).toMatch(/^40 of 820 took more than 250ms: 4\.9 %, at most \d\.\d %; limit 1 %: green$/);
});

it("has no number where there was no request", () => {
  const reading = told({ total: 0, bad: 0 }, { verdict: "not_enough" });
  expect(reading).toMatchObject({ percent: null, words: "0 of 367 requests seen: not enough yet" });
  expect(JSON.stringify(reading)).not.toMatch(/NaN|Infinity/);
});
