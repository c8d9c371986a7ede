import { runInNewContext } from "node:vm";
import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Increase, isBeyond, Trigger } from "../../bench/judge/triggers.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { limitHalves } from "../../src/domain/generate/score-expression.ts";

const POLICY = `application: { name: shop, trafficFlag: checkout }
flags: { checkout: {} }
metrics:
  - { record: error_rate, unit: percent, ratio: { bad: errors_total, total: requests_total } }
alerts:
  - { alert: A, metric: error_rate, above: 1, rollback: stage }
`;
const MINUTE = 60_000;

type Counted = Readonly<Record<"1m" | "5m", Increase>>;

/** The expression that the product writes, with numbers in place of its series. */
function evaluated(expression: string): (counts: Counted) => boolean {
  const text = expression
    .replace(/^error_rate and /, "")
    .replaceAll(/error_rate:(bad|total):increase(1m|5m)/g, "counts['$2'].$1")
    .replaceAll(" and ", " && ")
    .replaceAll(/\bor\b/g, "||")
    .replaceAll("sqrt", "Math.sqrt");
  return runInNewContext(`(counts) => Boolean(${text})`) as (counts: Counted) => boolean;
}

test("the benchmark judges by the rule that the product writes", () => {
  const { policy, problems } = loadPolicyText(POLICY, "shop.yaml");
  expect(problems).toEqual([]);
  const isTrue = evaluated(policy?.alerts[0]?.expr ?? "");
  const increase = fc.record({ total: fc.nat(3_000), share: fc.nat(60) });
  const seen = { true: 0, false: 0 };
  fc.assert(
    fc.property(increase, increase, (minute, before) => {
      const of = ({ total, share }: { total: number; share: number }): Increase => ({
        total,
        bad: Math.round((total * share) / 1_000),
      });
      const lately = of(minute);
      const others = of(before);
      const all = { total: lately.total + others.total, bad: lately.bad + others.bad };
      const answer = isBeyond(limitHalves(0.01), (window) => (window === MINUTE ? lately : all));
      expect(isTrue({ "1m": lately, "5m": all })).toBe(answer);
      seen[answer ? "true" : "false"] += 1;
    }),
    { numRuns: 1_000 },
  );
  expect(Math.min(seen.true, seen.false)).toBeGreaterThan(100);
});

test("a minute without requests ends nothing, and one request that strays of a hundred keeps nothing up", () => {
  const burst = { total: 500, bad: 25 };
  const still = (lately: Increase): boolean =>
    isBeyond(limitHalves(0.01), (window) => (window === MINUTE ? lately : burst));
  expect(still({ total: 0, bad: 0 })).toBe(true);
  expect(still({ total: 100, bad: 0 })).toBe(false);
  expect(still({ total: 100, bad: 1.09 })).toBe(false);
  expect(still({ total: 100, bad: 2.18 })).toBe(true);
  expect(still({ total: 10, bad: 1.09 })).toBe(true);
});

test("forty-five bad seconds at a hundred a minute do not fire for two minutes, though one request fails a minute later", () => {
  const trigger = new Trigger(0.01, [120]);
  for (let scrape = 1; scrape <= 240; scrape++) {
    const inBurst = scrape > 120 && scrape <= 129;
    trigger.scrape(scrape % 3 === 0 ? 9 : 8, inBurst ? 2 : scrape === 135 || scrape === 147 ? 1 : 0);
  }
  expect(trigger.firings).toEqual([0]);
});
