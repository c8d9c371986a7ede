import { describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { formatProblem } from "../../src/config/problem.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { linesOf, marked, problemsOf, SMALL } from "./marked-policy.ts";

describe("a policy with many mistakes", () => {
  const { text, places } = marked(`application:
  name: ¦my shop
  trafficFlag: ¦new_chekout
  ¦titel: Shop
flags:
  new_checkout: { phase: 1 }
  a: { parent: ¦b, enabled: ¦"yes" }
  b: { parent: a }
  c: { rolloutPercentage: ¦150, ¦phaze: 3 }
  ¦a: {}
alerts:
  - alert: ErrorsHigh
    expr: errors > 1
    rollback: ¦safe_state
  - ¦alert: NoExpression
    rollback: phase
  - alert: TooSlow
    expr: ¦latency > $limit
    for: ¦5 minutes
    rollback: stage
  - { alert: OneFlag, expr: x > 1, rollback: ¦flag }
tiers:
  phase: { phases: [¦9] }
  safe-state: { flags: [¦new_checkuot] }
¦planz: {}
verify: { giveUpAfter: ¦1s }
`);

  it("tells every one, at its place", () => {
    expect(linesOf(problemsOf(text))).toEqual(
      [
        "bad name: use letters, digits, dots, dashes and underscores only",
        'unknown flag "new_chekout"; did you mean "new_checkout"?',
        'unknown key "titel"; did you mean "title"?',
        "the flags are each other's parents: a -> b -> a",
        'expected true or false, found "yes"',
        "must be from 0 to 100, with at most two decimals",
        'unknown key "phaze"; did you mean "phase"?',
        'duplicate key "a"',
        'expected flag, stage, phase, safe-state, emergency; found "safe_state"; did you mean "safe-state"?',
        '"expr" is required here',
        "$limit stands for one of the limits, but this alert has none",
        '"5 minutes" is no duration; write a duration such as 90s, 5m or 1h30m',
        "the tier flag needs flags: the flags to turn off; or suspects: to find them",
        "no flag that a rollback may turn off is in phase 9",
        'unknown flag "new_checkuot"; did you mean "new_checkout"?',
        'unknown key "planz"; did you mean "plans"?',
        "too soon: 3 good checks take 55s at least",
      ].map((message, index) => `${places[index]} ${message}`),
    );
  });

  it("writes each as file:line:column: message", () => {
    const [first] = problemsOf(text);
    expect(first && formatProblem(first)).toBe(
      "app.yaml:2:9: bad name: use letters, digits, dots, dashes and underscores only",
    );
  });
});

describe("a text that is no policy", () => {
  const cases: Record<string, [string, string]> = {
    "": ["", "1:1 is empty"],
    "of comments only": ["# nothing\n", "1:1 is empty"],
    "of one word": ["hello\n", '1:1 expected a mapping, found "hello"'],
    "that is a list": ["- a\n", "1:1 expected a mapping, found a list"],
  };
  for (const [what, [text, line]] of Object.entries(cases)) {
    it(`has one clear problem ${what}`, () => expect(linesOf(problemsOf(text))).toEqual([line]));
  }

  it("names every required section", () => {
    expect(linesOf(problemsOf("contacts: []\n"))).toEqual([
      '1:1 "application" is required here',
      '1:1 "alerts" is required here',
      '1:1 "flags" is required here',
    ]);
  });

  it("says what an empty section lacks", () => {
    expect(linesOf(problemsOf(SMALL.replace(/alerts:[\s\S]*/, "alerts:\n")))).toEqual([
      "8:8 expected a list, found nothing",
    ]);
  });

  it("stops at a thousand problems", () => {
    const keys = Array.from({ length: 3_000 }, (_, index) => `key_${index}: 1\n`).join("");
    const problems = problemsOf(SMALL + keys);
    expect(problems.length).toBe(1_001);
    expect(problems.at(-1)?.message).toBe("has more problems: these are 1000 of them");
  });
});

describe("one mistake does not hide another", () => {
  it("judges the stages beside a broken one", () => {
    const { text, places } = marked(`${SMALL}plans:
  p:
    stages:
      - { traffic: 50, bake: 1h }¦
      - { traffic: ¦lots, bake: 1h, checkEvery: 1m }
      - { traffic: 60, bake: 1m, checkEvery: ¦1h }
`);
    expect(linesOf(problemsOf(text)).slice(1)).toEqual([
      `${places[1]} write a percentage from 0 to 100, as a number without %`,
      `${places[2]} longer than the bake of 1m: the stage would never be checked`,
    ]);
  });

  it("does not call a flag unknown whose own entry is broken", () => {
    expect(
      linesOf(problemsOf(SMALL.replace("fast_search: { enabled: true,", "fast_search: { enabled: 7,"))),
    ).toEqual(["4:27 expected true or false, found 7"]);
  });

  it("does not call a phase empty whose flag's phase cannot be read", () => {
    const text = `${SMALL.replace("phase: 2", "phase: two")}tiers: { phase: { phases: [2] } }\n`;
    expect(linesOf(problemsOf(text))).toEqual(["4:40 write a whole number"]);
  });

  it("says nothing of flags when their section is missing", () => {
    expect(linesOf(problemsOf(SMALL.replace(/flags:[\s\S]*(?=alerts:)/, "")))).toEqual([
      '1:1 "flags" is required here',
    ]);
  });
});

describe("a small policy", () => {
  const load = (text: string): Policy => {
    const { policy, problems } = loadPolicyText(text, "app.yaml");
    expect(problems).toEqual([]);
    return policy as Policy;
  };

  it("loads with the usual numbers", () => {
    const policy = load(SMALL);
    expect(policy.application).toEqual({
      name: "shop",
      title: "shop",
      job: "shop",
      trafficFlag: "new_checkout",
    });
    expect(policy.tiers.phase).toMatchObject({ phases: [], trafficCap: 30, budget: 120_000 });
    expect(policy.tiers["safe-state"]).toMatchObject({ flags: [], trafficCap: 0 });
    expect(policy.tiers.emergency).toMatchObject({ pages: true, killSwitch: false, trafficCap: 0 });
    expect(policy.tiers.flag.budget).toBe(60_000);
    expect([...policy.plans.keys()]).toEqual(["safe", "fast", "instant"]);
    expect(policy.plans.get("safe")?.stages[0]).toEqual({
      name: "stage 1: 5 %",
      traffic: 5,
      flags: new Map(),
      bake: 28_800_000,
      checkEvery: 3_600_000,
      gate: "standard",
      approval: false,
    });
    expect(policy.customPlan).toEqual({ checkEvery: 30_000, gate: "standard", flags: new Map() });
    expect(policy.rollout).toEqual({
      defaultPlan: "safe",
      retryFromStage: 1,
      watchdogTimeout: 180_000,
      afterBlindness: "continue",
      thresholds: { error: "error_rate", latency: "p95_latency" },
      finalSuccess: { traffic: 100, stableFor: 172_800_000, gate: "standard" },
    });
    expect(policy.verify.startAfter).toBe(45_000);
    expect(policy.rollbacks).toEqual({
      stormBreaker: { rollbacks: 3, within: 3_600_000 },
      cooldown: 0,
      holdDown: 300_000,
      alertmanagerPeers: 1,
      maxTimeToRollback: 360_000,
      actOnSilenced: false,
    });
    expect(policy.ledger).toEqual({ keepFor: 34_560_000_000, keepEvents: 100_000 });
    expect(policy.notifications.slack.channel).toBe("#shop-alerts");
    expect(policy.notifications.pagerduty).toEqual({ service: "shop", resolveOn: "either" });
    expect(policy.notifications.routes).toContainEqual({
      on: "blind",
      slack: true,
      slackChannel: null,
      webhook: true,
      pagerduty: "critical",
      email: "now",
    });
    expect(policy.scrape).toEqual({
      interval: 5_000,
      timeout: 4_000,
      evaluationInterval: 15_000,
      targets: [],
    });
  });

  it("takes a flag's percentage from whether it is on", () => {
    const { flags } = load(SMALL);
    expect([...flags.values()].map(({ key, rolloutPercentage }) => [key, rolloutPercentage])).toEqual([
      ["new_checkout", 0],
      ["fast_search", 100],
      ["audit_log", 100],
      ["stop_everything", 0],
      ["read_only", 0],
    ]);
  });

  it("is judged by its own alerts, by critical alerts, and by the usual metrics that no alert is about", () => {
    const criteria = (text: string) =>
      load(text)
        .gates.get("standard")
        ?.criteria.map(({ metric }) => metric);
    expect(criteria(SMALL)).toEqual(["ErrorsHigh", "critical_alerts"]);
    const metric = "metrics: [{ record: p95_latency, expr: x, unit: milliseconds }]\n";
    expect(criteria(SMALL + metric)).toEqual(["ErrorsHigh", "p95_latency", "critical_alerts"]);
    const about = SMALL.replace("errors > 1", "p95_latency > 900");
    expect(criteria(about + metric)).toEqual(["ErrorsHigh", "critical_alerts"]);
  });

  it("uses its own first plan and gate when none has the usual name", () => {
    const policy = load(`${SMALL}plans: { quick: { stages: [{ traffic: 100, bake: 1h, checkEvery: 1m }] } }
gates: { calm: { criteria: { x: { expr: x, green: < 1 } } } }
`);
    expect(policy.rollout.defaultPlan).toBe("quick");
    expect(policy.rollout.finalSuccess.gate).toBe("calm");
    expect(policy.plans.get("quick")?.stages[0]?.gate).toBe("calm");
  });

  it("keeps Prometheus' own words of an alert", () => {
    const { alerts } = load(`application: { name: shop, trafficFlag: a }
flags: { a: {}, b: {} }
alerts:
  - alert: A
    expr: x > 1
    for: 1m30s
    keep_firing_for: 5m
    labels: { severity: critical, constructor: x }
    annotations: { summary: "{{ $value }}" }
    rollback: flag
    flags: [b]
`);
    expect(alerts).toEqual([
      {
        alert: "A",
        expr: "x > 1",
        for: 90_000,
        keepFiringFor: 300_000,
        labels: new Map([
          ["severity", "critical"],
          ["constructor", "x"],
        ]),
        annotations: new Map([["summary", "{{ $value }}"]]),
        limits: [],
        trigger: { alert: "A", tier: "flag", flags: ["b"], suspects: null },
        blind: false,
      },
    ]);
  });

  it("lets a stage set phases, and flags by name above them", () => {
    const { plans } = load(`application: { name: shop, trafficFlag: t }
flags: { t: { phase: 1 }, a: { phase: 1 }, b: { phase: 1 }, s: { kind: operational } }
alerts: []
plans: { p: { stages: [{ traffic: 10, bake: 1h, checkEvery: 1m, phases: { 1: 50 }, flags: { b: 0 } }] } }
`);
    expect(plans.get("p")?.stages[0]?.flags).toEqual(
      new Map([
        ["a", { enabled: true, rolloutPercentage: 50 }],
        ["b", { enabled: false, rolloutPercentage: 0 }],
      ]),
    );
  });
});
