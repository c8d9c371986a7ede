import { describe, expect, it } from "@jest/globals";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

/** A section replaces that of the small policy. Each case: what is wrong, the text, the message at the mark. */
const cases: Record<string, [string, string]> = {
  "an unknown parent": [
    "flags:\n  new_checkout: {}\n  a: { parent: ¦new_chekout }\n",
    'unknown flag "new_chekout"; did you mean "new_checkout"?',
  ],
  "a flag name that clients cannot ask for": [
    "flags:\n  new_checkout: {}\n  ¦a/b: {}\n",
    'bad name "a/b": use letters, digits, dots, dashes and underscores only',
  ],
  "two flags with one environment override": [
    "flags:\n  new_checkout: {}\n  ¦NEW_checkout: {}\n",
    '"NEW_checkout" and "new_checkout" have the same environment override',
  ],
  "a cycle": [
    "flags:\n  new_checkout: {}\n  a: { parent: ¦b }\n  b: { parent: c }\n  c: { parent: a }\n",
    "the flags are each other's parents: a -> b -> c -> a",
  ],
  "a flag that is its own parent": [
    "flags:\n  new_checkout: {}\n  a: { parent: ¦a }\n",
    "the flags are each other's parents: a -> a",
  ],
  "a second kill switch": [
    "flags:\n  new_checkout: {}\n  a: { kind: kill-switch }\n  b: { kind: ¦kill-switch }\n",
    'there is a kill switch already: "a"',
  ],
  "a kill switch with a parent": [
    "flags:\n  new_checkout: {}\n  a: { kind: kill-switch, parent: ¦new_checkout }\n",
    "a kill switch has no parent",
  ],
  "an operational flag as a parent": [
    "flags:\n  new_checkout: {}\n  a: { kind: operational }\n  b: { parent: ¦a }\n",
    "an operational switch is no parent",
  ],
  "a protected flag that falls with its parent": [
    "flags:\n  new_checkout: {}\n  a: { protected: true, parent: ¦new_checkout }\n",
    '"a" is protected, but its parent "new_checkout" is not: rolling that back turns both off',
  ],
  "an unknown traffic flag": [
    "application: { name: shop, trafficFlag: ¦new_chekout }\n",
    'unknown flag "new_chekout"; did you mean "new_checkout"?',
  ],
  "a traffic flag that is no release flag": [
    "application: { name: shop, trafficFlag: ¦read_only }\n",
    '"read_only" is an operational switch: the traffic flag must be a release flag',
  ],
  "a protected traffic flag": [
    "application: { name: shop, trafficFlag: ¦audit_log }\n",
    '"audit_log" is protected: no rollback could take its traffic away',
  ],
  "a tier that names an unknown flag": [
    "tiers: { safe-state: { flags: [¦fast_serch] } }\n",
    'unknown flag "fast_serch"; did you mean "fast_search"?',
  ],
  "a tier that names a protected flag": [
    "tiers: { safe-state: { flags: [¦audit_log] } }\n",
    '"audit_log" is protected: a rollback never changes it',
  ],
  "a tier that names an operational flag": [
    "tiers: { emergency: { flags: [fast_search, ¦read_only] } }\n",
    '"read_only" is an operational switch, which only operators switch',
  ],
  "a tier whose phase has no flag": [
    "tiers: { phase: { phases: [2, ¦7] } }\n",
    "no flag that a rollback may turn off is in phase 7",
  ],
  "a tier with a higher cap than a milder one": [
    "tiers: { phase: { trafficCap: 20 }, safe-state: { trafficCap: ¦25 } }\n",
    "safe-state is more severe than phase, but its cap of 25 % is higher than 20 %",
  ],
  "a kill switch engaged below emergency": [
    "tiers: { safe-state: { killSwitch: ¦true } }\n",
    "only the tier emergency may engage the kill switch",
  ],
  "a kill switch engaged that is not there": [
    "tiers: { emergency: { killSwitch: ¦true } }\nflags: { new_checkout: {} }\n",
    "there is no flag of the kind kill-switch to engage",
  ],
  "a tier flag that selects": [
    "tiers: { flag: { ¦phases: [1] } }\n",
    'unknown key "phases"; did you mean "pages"?',
  ],
  "a rollback that is no tier": [
    "alerts:\n  - { alert: A, expr: up == 0, rollback: ¦safe_state }\n",
    'expected flag, stage, phase, safe-state, emergency; found "safe_state"; did you mean "safe-state"?',
  ],
  "the tier flag without flags": [
    "alerts:\n  - { alert: A, expr: up == 0, rollback: ¦flag }\n",
    "the tier flag needs flags: the flags to turn off; or suspects: to find them",
  ],
  "a trigger that names an unknown flag": [
    "alerts:\n  - { alert: A, expr: up == 0, rollback: flag, flags: [¦fast_serch] }\n",
    'unknown flag "fast_serch"; did you mean "fast_search"?',
  ],
  "flags without a rollback": [
    "alerts:\n  - { alert: A, expr: up == 0, ¦flags: [fast_search] }\n",
    "flags are turned off by a rollback, but this alert has none",
  ],
  "blindness that rolls back": [
    "alerts:\n  - { alert: A, expr: absent(up), rollback: stage, ¦blind: true }\n",
    "what we cannot see never rolls back: remove blind or rollback",
  ],
  "two triggers of one name": [
    "alerts:\n  - { alert: A, expr: x > 1, rollback: stage }\n  - { alert: ¦A, expr: x > 2, rollback: phase }\n",
    '"A" calls for a rollback, so only one alert may have this name',
  ],
  "a warning with the name of a trigger": [
    "alerts:\n  - { alert: A, expr: x > 1 }\n  - { alert: ¦A, expr: x > 2, rollback: phase }\n",
    '"A" calls for a rollback, so only one alert may have this name',
  ],
  "limits that do not ascend": [
    "alerts:\n  - alert: A\n    expr: x > $limit\n    limits: [{ traffic: 50, limit: 1 }, { traffic: ¦50, limit: 2 }, { traffic: 100, limit: 3 }]\n",
    "must be more than 50: limits ascend by traffic",
  ],
  "limits that leave traffic uncovered": [
    "alerts:\n  - { alert: A, expr: x > $limit, limits: [{ traffic: ¦50, limit: 1 }] }\n",
    "the last limit must be for 100, to cover all traffic",
  ],
  "limits that nothing uses": [
    "alerts:\n  - { alert: A, expr: x > 1, ¦limits: [{ traffic: 100, limit: 1 }] }\n",
    "the expression does not use $limit, so the limits have no effect",
  ],
  "a limit that is not there": [
    "alerts:\n  - { alert: A, expr: ¦x > $limit }\n",
    "$limit stands for one of the limits, but this alert has none",
  ],
  "a label that the generator writes": [
    "alerts:\n  - { alert: A, expr: x > 1, labels: { ¦rollback: stage } }\n",
    'the label "rollback" is written by the generator',
  ],
  "a label name that Prometheus refuses": [
    "alerts:\n  - { alert: A, expr: x > 1, annotations: { ¦run-book: x } }\n",
    '"run-book" is no annotation name: use letters, digits and underscores',
  ],
  "a metric declared twice": [
    "metrics:\n  - { record: a, expr: x, unit: count }\n  - { record: ¦a, expr: y, unit: count }\n",
    'the metric "a" is declared twice',
  ],
  "a scrape timeout over the interval": [
    "scrape: { interval: 5s, timeout: ¦6s }\n",
    "must be at most the scrape interval: Prometheus refuses it",
  ],
  "more rollbacks than are remembered": [
    "rollbacks: { stormBreaker: { rollbacks: ¦51 } }\n",
    "must be 50 or less",
  ],
  "a plan that lowers traffic": [
    "plans:\n  p:\n    stages:\n      - { traffic: 50, bake: 1h, checkEvery: 1m }\n      - { traffic: ¦40, bake: 1h, checkEvery: 1m }\n",
    "traffic falls from 50 to 40: a plan only raises it",
  ],
  "a check that comes after the bake": [
    "plans: { p: { stages: [{ traffic: 50, bake: 30m, checkEvery: ¦1h }] } }\n",
    "longer than the bake of 30m: the stage would never be checked",
  ],
  "a bake of nothing": [
    "plans: { p: { stages: [{ traffic: 50, bake: ¦0s, checkEvery: 1s }] } }\n",
    "must be more than 0",
  ],
  "a plan without stages": ["plans: { p: { stages: ¦[] } }\n", "a plan needs at least one stage"],
  "a plan that sets an unknown flag": [
    "plans: { p: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m, flags: { ¦fast_serch: 50 } }] } }\n",
    'unknown flag "fast_serch"; did you mean "fast_search"?',
  ],
  "a plan that sets an operator's switch": [
    "plans: { p: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m, flags: { ¦read_only: 100 } }] } }\n",
    '"read_only" is an operational switch, which only operators switch',
  ],
  "a plan that sets the traffic flag": [
    "plans: { p: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m, flags: { ¦new_checkout: 50 } }] } }\n",
    '"new_checkout" is the traffic flag: the stage\'s traffic sets it',
  ],
  "a plan that sets a phase without flags": [
    "plans: { p: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m, phases: { 2: 50, ¦1: 50 } }] } }\n",
    "no flag that a plan moves is in phase 1",
  ],
  "a plan with an unknown gate": [
    "plans: { p: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m, gate: ¦standart }] } }\n",
    'unknown gate "standart"; did you mean "standard"?',
  ],
  "the custom plan with an unknown gate": [
    "plans: { custom: { gate: ¦standart } }\n",
    'unknown gate "standart"; did you mean "standard"?',
  ],
  "a plan with a bad name": [
    "plans: { ¦a b: { stages: [{ traffic: 50, bake: 1h, checkEvery: 1m }] } }\n",
    'bad name "a b": use letters, digits, dots, dashes and underscores only',
  ],
  "an unknown default plan": [
    "rollout: { defaultPlan: ¦sage }\n",
    'unknown plan "sage"; did you mean "safe"?',
  ],
  "a retry from a stage that no plan has": ["rollout: { retryFromStage: ¦7 }\n", "no plan has 7 stages"],
  "an unknown final gate": ["rollout: { finalSuccess: { gate: ¦zzz } }\n", 'unknown gate "zzz"'],
  "a gate on an unknown metric": [
    "metrics: [{ record: error_rate, expr: x, unit: percent }]\ngates: { g: { criteria: { ¦eror_rate: { green: < 1 } } } }\n",
    'unknown metric "eror_rate"; did you mean "error_rate"?',
  ],
  "a gate on a metric that Alertmanager does not know": [
    'gates: { g: { criteria: { ¦criticalalert: { source: alertmanager, green: "== 0" } } } }\n',
    'Alertmanager knows no "criticalalert"; did you mean "critical_alerts"?',
  ],
  "an expression for Alertmanager": [
    'gates: { g: { criteria: { critical_alerts: { source: alertmanager, ¦expr: up, green: "== 0" } } } }\n',
    "Alertmanager takes no expression",
  ],
  "a second expression for a metric": [
    "metrics: [{ record: m, expr: x, unit: count }]\ngates: { g: { criteria: { m: { ¦expr: y, green: < 1 } } } }\n",
    '"m" is a metric of this policy and has its expression there',
  ],
  "a gate without criteria": [
    "gates: { ¦g: {} }\n",
    'the gate "g" has no criteria: it would promote whatever happens',
  ],
  "no gate at all": ["¦gates: {}\n", "name at least one gate, or leave the section out"],
  "a gate that extends nothing": ["gates: { g: { extends: ¦f } }\n", 'unknown gate "f"'],
  "a gate that extends itself": ["gates: { g: { extends: ¦g } }\n", 'the gate "g" extends itself'],
  "gates that extend each other in a row": [
    "gates: { a: { criteria: { x: { expr: x, green: < 1 } } }, b: { extends: a }, c: { extends: ¦b } }\n",
    '"b" extends "a": only a gate that extends none can be extended',
  ],
  "red that overlaps green": [
    'gates: { g: { criteria: { x: { expr: x, green: "< 5", red: ¦"> 4" } } } }\n',
    "overlaps green: a value that meets both would count as green",
  ],
  "a verification that cannot succeed in time": [
    "verify: { startAfter: 2m, giveUpAfter: ¦2m }\n",
    "too soon: 3 good checks take 2m10s at least",
  ],
  "two routes for one occasion": [
    "notifications: { routes: [{ on: [warning] }, { on: [blind, ¦warning] }] }\n",
    '"warning" has a route already',
  ],
  "a time zone that is none": [
    "notifications: { timeZone: ¦Mars }\n",
    "is no time zone; write e.g. UTC or Europe/Berlin",
  ],
  "a percentage with three decimals": [
    "flags:\n  new_checkout: { rolloutPercentage: ¦0.125 }\n",
    "must be from 0 to 100, with at most two decimals",
  ],
  "a percentage over 100": [
    "flags:\n  new_checkout: { rolloutPercentage: ¦101 }\n",
    "must be from 0 to 100, with at most two decimals",
  ],
  "a bad application name": [
    "application: { name: ¦my shop, trafficFlag: new_checkout }\n",
    "bad name: use letters, digits, dots, dashes and underscores only",
  ],
  "a duration that is none": [
    "verify: { startAfter: ¦45 seconds }\n",
    '"45 seconds" is no duration; write a duration such as 90s, 5m or 1h30m',
  ],
  "a duration without a unit": ["verify: { startAfter: ¦45 }\n", "write a duration such as 90s, 5m or 1h30m"],
  "a bound that is none": [
    "gates: { g: { criteria: { x: { expr: x, green: ¦under 5 } } } }\n",
    '"under 5" is no bound; write e.g. "< 0.1" or ">= 98"',
  ],
};

describe("the rules of a policy", () => {
  for (const [mistake, [source, message]] of Object.entries(cases)) {
    it(`refuse ${mistake}`, () => {
      const { text, places } = marked(source + sectionsNotIn(source));
      expect(linesOf(problemsOf(text))).toEqual([`${places[0]} ${message}`]);
    });
  }

  const fine: Record<string, string> = {
    "a traffic cap of null": "tiers: { safe-state: { trafficCap: null } }\n",
    "green and red that touch": "gates: { g: { criteria: { x: { expr: x, green: < 5, red: '>= 5' } } } }\n",
    "green and red around a number":
      "gates: { g: { criteria: { x: { expr: x, green: '== 5', red: < 5 } } } }\n",
    "two warnings of one name": "alerts: [{ alert: A, expr: x > 1 }, { alert: A, expr: x > 2 }]\n",
    "a kill switch at emergency": "tiers: { emergency: { killSwitch: true } }\n",
    "a protected flag below a protected parent":
      "flags: { new_checkout: {}, a: { protected: true }, b: { protected: true, parent: a } }\n",
    "names that objects have already":
      "flags: { new_checkout: {}, constructor: { parent: toString }, toString: {} }\n",
  };
  for (const [what, source] of Object.entries(fine)) {
    it(`accept ${what}`, () => {
      expect(linesOf(problemsOf(source + sectionsNotIn(source)))).toEqual([]);
    });
  }
});

function sectionsNotIn(source: string): string {
  const sections = SMALL.split(/^(?=\w)/m);
  return sections.filter((section) => !new RegExp(`^¦?${section.split(":")[0]}:`, "m").test(source)).join("");
}
