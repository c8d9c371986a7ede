import { describe, expect, it } from "@jest/globals";
import fc from "fast-check";
import { afterGoodCheck, type Bake, type Samples, startBake } from "../../src/domain/bake.ts";
import type { Gate, GateCriterion, Sustained } from "../../src/domain/gate.ts";
import {
  actsAtOnce,
  formatBound,
  judgedInWords,
  judgeGate,
  judgeSamples,
  judgeValue,
  meets,
  readingsOf,
  type Verdict,
  withThresholds,
  worstValue,
} from "../../src/domain/judge.ts";
import type { Rollout } from "../../src/domain/rollout.ts";
import { criterion } from "../support/arbitraries-rollout.ts";
import { criterionOf } from "../support/policies.ts";
import { shop, steps } from "../support/policies-rollout.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";
import { walks } from "../support/walks.ts";

const errors = criterionOf("error_rate", "< 0.1", "> 1");
const tests = criterionOf("test_pass_rate", ">= 98", "< 95", { checksInARow: 3 });
const alerts = criterionOf("critical_alerts", "== 0", ">= 3");
const uptime = criterionOf("uptime", ">= 100", "< 99.9", "average");
const memory = criterionOf("memory_used", "<= 80");
const cache = criterionOf("cache_hit_rate", "> 60");

function samplesOf(...values: readonly number[]): Samples {
  const bake = values.reduce(
    (sum, value) => afterGoodCheck(sum, new Map([["m", value]]), sum.nextSampleAt),
    startBake(1, 1, 0),
  );
  return bake.samples.get("m") as Samples;
}

/** Where nothing is counted it says nothing. */
const rollout: Rollout = (() => {
  const app = new RolloutSimulator({ policy: shop, now: 1_790_000_000_000 });
  app.deploy(steps);
  return app.state.rollout as Rollout;
})();

const gateOf = (...criteria: GateCriterion[]): Gate => ({ name: "standard", criteria, holdFor: 1 });

describe("a value", () => {
  it.each<[GateCriterion, number, Verdict]>([
    [errors, 0.0999, "green"],
    [errors, 0.1, "yellow"],
    [errors, 1, "yellow"],
    [errors, 1.0001, "red"],
    [tests, 98, "green"],
    [tests, 97.9, "yellow"],
    [tests, 95, "yellow"],
    [tests, 94.9, "red"],
    [alerts, 0, "green"],
    [alerts, 1, "yellow"],
    [alerts, 3, "red"],
    [memory, 80, "green"],
    [memory, 100, "yellow"],
    [cache, 60, "yellow"],
    [cache, 61, "green"],
    [errors, Number.POSITIVE_INFINITY, "red"],
    [errors, Number.NaN, "yellow"],
  ])("against %j: %d is %s", (one, value, verdict) => expect(judgeValue(one, value)).toBe(verdict));

  it("meets a bound, or does not", () => {
    const met = (["<", "<=", ">", ">=", "=="] as const).map((comparison) =>
      [1, 2, 3].map((value) => meets(value, { comparison, value: 2 })),
    );
    expect(met).toEqual([
      [true, false, false],
      [true, true, false],
      [false, false, true],
      [false, true, true],
      [false, true, false],
    ]);
  });

  it("of several series is the worst of them", () => {
    expect(worstValue(errors, [])).toBeUndefined();
    expect(worstValue(errors, [0.2, 3, 1])).toBe(3);
    expect(worstValue(tests, [99, 90, 97])).toBe(90);
    expect(worstValue(alerts, [0, 2, 1])).toBe(2);
    expect(worstValue(cache, [70, 65, 80])).toBe(65);
    expect(worstValue(memory, [70, 85, 80])).toBe(85);
  });

  it("that is red is worse than one that is farther away and only yellow", () => {
    const replicas = criterionOf("replicas", "== 5", "< 3");
    expect(worstValue(replicas, [5, 10, 2])).toBe(2);
    expect(worstValue(replicas, [2, 10, 5])).toBe(2);
    expect(worstValue(replicas, [5, 10, 4])).toBe(10);
  });

  it("is told with the bound that it met or missed", () => {
    expect(judgedInWords(errors, 2, "red")).toBe("error_rate 2 is red (red is > 1)");
    expect(judgedInWords(errors, 0.1 + 0.2, "yellow")).toBe("error_rate 0.3 is yellow (green is < 0.1)");
    expect(judgedInWords(memory, 81, "yellow")).toBe("memory_used 81 is yellow (green is <= 80)");
    expect(formatBound({ comparison: ">=", value: 99.9 })).toBe(">= 99.9");
  });
});

describe("the samples of a bake", () => {
  it("are each judged, where the whole bake counts", () => {
    expect(judgeSamples(errors, samplesOf(0, 0.05))).toBe("green");
    expect(judgeSamples(errors, samplesOf(0, 0.5, 0))).toBe("yellow");
    expect(judgeSamples(errors, samplesOf(0, 0.5, 5, 0))).toBe("red");
    expect(judgeSamples(alerts, samplesOf(-4, 3))).toBe("red");
  });

  it("are averaged, where that counts: not each of them acts at once", () => {
    expect(judgeSamples(uptime, samplesOf(100, 100, 99.4))).toBe("red");
    expect(judgeSamples(uptime, samplesOf(100, 100, 100, 99.96))).toBe("yellow");
    expect(judgeSamples(uptime, samplesOf(100, 100))).toBe("green");
    expect([actsAtOnce(uptime), actsAtOnce(tests), actsAtOnce(errors)]).toEqual([false, true, true]);
  });

  it("are forgotten but for the last ones, where a row of them counts", () => {
    expect(judgeSamples(tests, samplesOf(96, 98, 98, 98))).toBe("green");
    expect(judgeSamples(tests, samplesOf(98, 96, 98, 98))).toBe("yellow");
  });

  it("are judged as if one by one, though only the ends of them are kept", () => {
    const value = fc.double({ min: -20, max: 20, noNaN: true });
    fc.assert(
      fc.property(criterion, fc.array(value, { minLength: 1, maxLength: 30 }), (one, values) => {
        const verdicts = (judged: readonly number[]): Verdict => {
          const all = judged.map((each) => judgeValue(one, each));
          return all.includes("red") ? "red" : all.includes("yellow") ? "yellow" : "green";
        };
        const by = (sustained: Sustained) => judgeSamples({ ...one, sustained }, samplesOf(...values));
        expect(by("whole-bake")).toBe(verdicts(values));
        expect(by({ checksInARow: 4 })).toBe(verdicts(values.slice(-4)));
        const worst = worstValue(one, values) as number;
        expect(judgeValue(one, worst)).toBe(verdicts(values));
      }),
      walks(100),
    );
  });
});

describe("what is no number", () => {
  const { NaN: NAN, POSITIVE_INFINITY: INF, NEGATIVE_INFINITY: MINUS_INF } = Number;

  it("says nothing: an infinite pass rate is not green, and an infinite error rate not red", () => {
    for (const value of [NAN, INF, MINUS_INF])
      for (const one of [tests, errors, memory]) expect(worstValue(one, [value])).toBeUndefined();
  });

  it("does not hide behind another series, unless that one is red", () => {
    expect(worstValue(tests, [99, INF])).toBeUndefined();
    expect(worstValue(errors, [NAN, 0.5])).toBeUndefined();
    expect(worstValue(errors, [NAN, 5, 0])).toBe(5);
  });
});

describe("a gate", () => {
  const gate = gateOf(errors, tests, uptime);
  const seen = (error: number, up: number, ...passed: number[]) =>
    new Map([
      ["error_rate", samplesOf(error)],
      ["uptime", samplesOf(up, 100)],
      ["test_pass_rate", samplesOf(...passed)],
      ["something_else", samplesOf(1e9)],
    ]);
  const judge = (one: Gate, samples: Bake["samples"]) => judgeGate(one, { samples }, rollout);

  it("says nothing before each of its criteria has samples enough", () => {
    expect(judge(gate, new Map())).toBeNull();
    expect(judge(gate, seen(0, 100, 99, 99))).toBeNull();
    expect(judge(gateOf(errors, cache), seen(0, 100, 99, 99, 99))).toBeNull();
  });

  it("is as good as the worst of its criteria, and says which", () => {
    expect(judge(gate, seen(0, 100, 99, 99, 99))).toMatchObject({ verdict: "green" });
    expect(judge(gate, seen(0.5, 100, 99, 97, 99))).toEqual({
      verdict: "yellow",
      why: ["error_rate 0.5 is yellow (green is < 0.1)", "test_pass_rate 97 is yellow (green is >= 98)"],
    });
    expect(judge(gate, seen(0.5, 99, 99, 97, 99))).toEqual({
      verdict: "red",
      why: ["uptime 99.5 is red (red is < 99.9)"],
    });
  });

  it("is read out criterion by criterion, with the newest value", () => {
    const samples = new Map([["error_rate", samplesOf(2, 0.05)]]);
    expect(readingsOf(gateOf(errors, memory), { samples }, rollout)).toEqual([
      { metric: "error_rate", value: 0.05, verdict: "red", green: errors.green, red: errors.red },
      { metric: "memory_used", value: null, verdict: null, green: memory.green, red: null },
    ]);
  });
});

describe("an operator's threshold", () => {
  const changed = (one: GateCriterion, value: number): string => {
    const [first, second] = withThresholds(gateOf(one, cache), new Map([[one.metric, value]])).criteria;
    expect(second).toEqual(cache);
    return [first?.green, first?.red].map((bound) => (bound ? formatBound(bound) : "none")).join(", ");
  };

  it("moves red, and leaves green where it is", () => {
    expect(changed(errors, 0.5)).toBe("< 0.1, > 0.5");
    expect(changed(errors, 7)).toBe("< 0.1, > 7");
    expect(changed(tests, 90)).toBe(">= 98, < 90");
    expect(changed(alerts, 2)).toBe("== 0, >= 2");
  });

  it("that is stricter than green is makes all green that is not red", () => {
    expect(changed(errors, 0.05)).toBe("<= 0.05, > 0.05");
    expect(changed(criterionOf("m", "<= 5", ">= 9"), 2)).toBe("< 2, >= 2");
    expect(changed(tests, 99)).toBe(">= 99, < 99");
    expect(changed(criterionOf("m", "> 5", "<= 2"), 7)).toBe("> 7, <= 7");
  });

  it("of what has to be exact is stricter where red is beyond that", () => {
    const replicas = criterionOf("replicas", "== 5", "< 3");
    expect(changed(replicas, 4)).toBe("== 5, < 4");
    expect(changed(replicas, 6)).toBe(">= 6, < 6");
  });

  it("of nothing at all can be met: no errors are green", () => {
    expect(changed(errors, 0)).toBe("<= 0, > 0");
  });

  it("makes red where nothing was", () => {
    expect(changed(memory, 95)).toBe("<= 80, > 95");
    expect(changed(criterionOf("hits", "> 60"), 30)).toBe("> 60, < 30");
  });

  it("splits all values into green, yellow and red: what is beyond it is red", () => {
    fc.assert(
      fc.property(
        criterion,
        fc.integer({ min: 0, max: 20 }),
        fc.double({ min: -30, max: 30, noNaN: true }),
        (one, threshold, value) => {
          fc.pre(one.green.comparison !== "==");
          const [strict] = withThresholds(gateOf(one), new Map([[one.metric, threshold]])).criteria;
          const isBeyond = one.green.comparison.startsWith("<") ? value > threshold : value < threshold;
          if (strict !== undefined && isBeyond) expect(judgeValue(strict, value)).toBe("red");
        },
      ),
      walks(100),
    );
  });
});
