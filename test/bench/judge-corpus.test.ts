import { describe, expect, test } from "@jest/globals";
import { CASES, playCase, WITH_TRIGGERS } from "../../bench/judge/cases.ts";
import { rolloutOf } from "../../bench/judge/corpus.ts";
import { judgeRollout, type Outcome } from "../../bench/judge/judge-rollout.ts";
import { isHigh } from "../../bench/judge/judges/mann-whitney.ts";
import { rollguard } from "../../bench/judge/judges/ours.ts";
import { labelOf, requestsNeeded } from "../../bench/judge/labels.ts";
import { QUICK, SAFE } from "../../bench/judge/plans.ts";
import { Random } from "../../bench/judge/random.ts";
import { CLASSES, type Rollout } from "../../bench/judge/rollout.ts";
import { playDays } from "../../bench/judge/trigger-days.ts";
import { Trigger } from "../../bench/judge/triggers.ts";
import { episodes, play } from "../../bench/judge/verification.ts";
import { World } from "../../bench/judge/world.ts";

/** A healthy rollout of a service with a thousand requests a minute. */
const HEALTHY: Rollout = {
  ...rolloutOf("healthy", 1_000, 0, 1, 1),
  plan: SAFE,
  base: 0.0005,
  judged: "service",
};

function labelWith(changes: Partial<Rollout>): string {
  return labelOf({ ...HEALTHY, ...changes });
}

describe("labels", () => {
  test("a fault needs the requests that the issue names, and inversely many where it is larger", () => {
    expect([2, 3, 5, 50].map((times) => Math.round(requestsNeeded(times)))).toEqual([
      8_500, 2_700, 1_200, 120,
    ]);
    expect(requestsNeeded(2.5)).toBeGreaterThan(2_700);
    expect(requestsNeeded(2.5)).toBeLessThan(8_500);
  });

  test("from the true rate, for how long, and how many requests it met", () => {
    const fault = { stage: 0, from: 0, rate: 0.02, ramp: 0 };
    expect(labelWith({})).toBe("healthy");
    expect(labelWith({ fault })).toBe("bad");
    expect(labelWith({ fault: { ...fault, rate: 0.019 } })).toBe("grey");
    expect(labelWith({ fault, traffic: 5, plan: QUICK })).toBe("too little");
    expect(labelWith({ fault, judged: "treatment", traffic: 30, plan: QUICK })).toBe("too little");
    // Ten minutes at least: the last nine of the last stage are too few, however many requests they see.
    const late = { ...fault, stage: 5, from: 24 * 3_600 - 540 };
    expect(labelWith({ fault: late, traffic: 10_000 })).toBe("too little");
    expect(labelWith({ fault: { ...late, from: 24 * 3_600 - 600 }, traffic: 10_000 })).toBe("bad");
  });

  test("a bad moment of a minute is healthy, a longer stretch is nobody's", () => {
    const blip = { stage: 1, from: 600, to: 660, rate: 1, who: "everybody", lost: 0 } as const;
    expect(labelWith({ blips: [blip] })).toBe("healthy");
    expect(labelWith({ blips: [{ ...blip, to: 661 }] })).toBe("grey");
    expect(labelWith({ scatter: 0.05, base: 0.003 })).toBe("grey");
  });
});

test("draws are those of the seed, and have the mean that they should", () => {
  const fault = { stage: 0, from: 0, rate: 0.05, ramp: 0 };
  const bad = { ...HEALTHY, fault, judged: "treatment" as const };
  const [one, other] = [new World(bad), new World(bad)].map((world) =>
    Array.from({ length: 480 }, (_, block) => world.stage(0).treatment(block)),
  );
  expect(one).toEqual(other);
  const total = (one ?? []).reduce((sum, block) => sum + block.total, 0);
  const failed = (one ?? []).reduce((sum, block) => sum + block.bad, 0);
  // 12,000 expected of each, within six standard deviations.
  expect(Math.abs(total - 12_000)).toBeLessThan(6 * Math.sqrt(12_000));
  expect(Math.abs(failed - 600)).toBeLessThan(6 * Math.sqrt(600));
  const random = new Random(3);
  const drawn = Array.from({ length: 20_000 }, () => random.beta(0.05, 0.05));
  expect(drawn.reduce((sum, value) => sum + value, 0) / 20_000).toBeCloseTo(0.05, 2);
});

test.each(CLASSES)("Rollguard judges rollouts of the class %s as they are labelled", (name) => {
  const found = [0, 13].flatMap((index): [string, Outcome][] => {
    const rollout = { ...rolloutOf(name, 1_000, index, 100 + index, 7), plan: QUICK };
    if (rollout.fault !== null && rollout.fault.stage >= QUICK.length) return [];
    const label = labelOf(rollout);
    return [[label, judgeRollout(new World({ ...rollout, label }), rollguard)]];
  });
  expect(found.length).toBeGreaterThan(0);
  for (const [label, { end, faultAt }] of found) {
    if (label === "healthy") expect(end).not.toBe("rolled back");
    if (label === "bad" && faultAt !== null) expect(end).toBe("rolled back");
  }
});

test("the faults of the issue are found in the minutes that it grants", () => {
  const [canary, late, outage] = CASES.map((one) => playCase({ ...one }, [rollguard], 2, 1).judges);
  expect(canary?.[0]).toMatchObject({ judge: "Rollguard", found: 2 });
  expect(canary?.[0]?.most).toBeLessThanOrEqual(8);
  expect(late?.[0]).toMatchObject({ found: 2 });
  expect(late?.[0]?.most).toBeLessThanOrEqual(12);
  expect(outage?.find(({ judge }) => judge === WITH_TRIGGERS)).toMatchObject({ found: 2 });
});

describe("triggers", () => {
  test("one failed request fires nothing, an outage fires within its `for` and half a minute", () => {
    const trigger = new Trigger(0.01, [60]);
    for (let scrape = 1; scrape <= 240; scrape++)
      trigger.scrape(scrape % 6 === 0 ? 5 : 0, scrape === 60 ? 1 : 0);
    expect(trigger.firings).toEqual([0]);
    trigger.begin();
    for (let scrape = 1; scrape <= 18; scrape++) trigger.scrape(1, 1);
    expect(trigger.firings).toEqual([1]);
  });

  test("the rule of before fires on a service that is well, the generated one does not", () => {
    const [before] = playDays("ratio", 0.01, 60, 2, 1).firings;
    expect(before).toBeGreaterThan(5);
    expect(playDays("score", 0.01, 60, 2, 1).firings).toEqual([0, 0]);
  });
});

test("Kayenta's classes: a shift is high, the same numbers are not", () => {
  const usual = Array.from({ length: 60 }, (_, minute) => 0.001 * (1 + (minute % 7)));
  expect(isHigh(usual, usual)).toBe(false);
  expect(
    isHigh(
      usual.map((rate) => rate + 0.02),
      usual,
    ),
  ).toBe(true);
  expect(isHigh([0, 0, 0], [0, 0, 0])).toBe(false);
  expect(isHigh([], usual)).toBe(false);
});

test("what nothing helped is not verified, what is cured is", () => {
  const verdicts = (name: string) =>
    episodes()
      .filter((episode) => episode.name === name && episode.traffic === 10 && episode.scatter === 0)
      .map((episode) => play(episode, 10, 1).verdicts);
  for (const { verified } of verdicts("nothing helped, 1.5 x the limit")) expect(verified).toBeLessThan(3);
  for (const { verified } of verdicts("cured to 0.05 %")) expect(verified).toBe(10);
});
