import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { selectorsIn } from "../../src/adapters/prometheus/selectors-in.ts";
import { Deadline } from "../../src/app/deadline.ts";
import { NOTHING_OLD, oldIn } from "../../src/app/gather-evidence/old-values.ts";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import { gatherVerification } from "../../src/app/gather-verification.ts";
import type { LoadedRuleGroup, MetricsSource } from "../../src/app/ports.ts";
import { nextCheckOf } from "../../src/domain/decide-check.ts";
import { judgeCheck } from "../../src/domain/verification-check.ts";
import { policyFrom } from "../support/generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { RolloutSimulator } from "../support/rollout-simulator.ts";
import { tool } from "../support/upstream-tools.ts";
import { alertsOf, metricsOf, NOW, unavailable } from "./evidence-sources.ts";

const shop = policyFrom(`
metrics:
  - { record: error_rate, expr: vector(0), unit: percent }
  - { record: p95_latency, expr: vector(0), unit: milliseconds }
alerts:
  - { alert: ErrorsSpike, expr: error_rate > 1, rollback: safe-state }
  - { alert: Deaf, expr: vector(1), blind: true }
  - { alert: Loud, expr: vector(1), labels: { severity: critical } }
  - { alert: Quiet, expr: vector(1) }
gates:
  standard:
    holdFor: 1m
    criteria:
      error_rate: { green: "< 1", red: "> 5" }
      slowest: { expr: "max(p95_latency)", green: "< 1" }
      cached: { expr: "rate(hits[5m]) / rate(asked[5m])", green: "< 1" }
plans: { only: { stages: [{ traffic: 50, bake: 1m, checkEvery: 10s, gate: standard }, { traffic: 100, bake: 1m, checkEvery: 10s, gate: standard }] } }
rollout: { defaultPlan: only }
`);
const OWN = '{application="shop"}';
const SELECTORS = [`error_rate${OWN}`, `p95_latency${OWN}`, "hits", "asked"];
const AGES = "max(timestamp(";

interface Old {
  /** Selectors whose newest sample is old. */
  readonly old?: readonly string[];
  readonly groups?: readonly LoadedRuleGroup[];
  readonly asked?: string[];
  readonly value?: number;
}

/** A Prometheus that goes on giving every value that is asked for as it is, as real ones do, and tells the times of the old ones. */
function sourceWith({ old = [], groups = [], asked = [], value = 0.5 }: Old): MetricsSource {
  const ages = (expr: string): number[] =>
    old.filter((selector) => expr.includes(`${AGES}${selector}))`)).map(() => NOW / 1_000 - 60);
  // What the policy records is asked for so that an old value is none.
  const guarded = new Set(old.map((selector) => `${selector} and last_over_time(${selector}[30s])`));
  const source = metricsOf(async (expr) => {
    asked.push(expr);
    const values = expr.startsWith(AGES) ? ages(expr).slice(0, 1) : guarded.has(expr) ? [] : [value];
    return { values, warnings: [] };
  });
  return { ...source, selectorsIn, ruleGroups: async () => groups };
}

function failing(kind: "record" | "alert", name: string, failure = "many-to-many", group = "shop-rollback") {
  const rule = { kind, name, expr: "", for: 0, labels: {}, failure };
  return { name: group, interval: 15_000, rules: [rule] };
}

function deployed(): RolloutSimulator {
  const app = new RolloutSimulator({ policy: shop, now: NOW });
  app.deploy([...shop.plans.values()][0] as never);
  return app;
}

const gather = (metrics: MetricsSource, app = deployed()) =>
  gatherEvidence({ metrics, alerts: alertsOf(async () => []), clock: { now: () => app.now } }, shop, {
    ...app.state,
    watchdog: app.now,
  });

describe("a gate", () => {
  test("asks for the age of all that its expressions read in one question", async () => {
    const asked: string[] = [];
    expect((await gather(sourceWith({ asked }))).blindness).toEqual([]);
    expect(asked.filter((expr) => expr.startsWith(AGES))).toEqual([
      [
        `max(timestamp(p95_latency${OWN})) < time() - 30`,
        "max(timestamp(hits)) < time() - 10 < time() - 2 * 600 / max(count_over_time(hits[10m]))",
        "max(timestamp(asked)) < time() - 10 < time() - 2 * 600 / max(count_over_time(asked[10m]))",
      ].join("\nor\n"),
    ]);
  });

  test("has no value of what reads something old, and tells what that is", async () => {
    const { values, blindness } = await gather(sourceWith({ old: [`p95_latency${OWN}`, "hits"] }));
    expect(Object.fromEntries(values)).toEqual({ error_rate: [0.5], slowest: [], cached: [] });
    expect(blindness).toEqual([
      "the newest p95_latency is older than two evaluations (30s)",
      "the newest hits is older than two of its scrapes",
    ]);
  });

  test("is not rolled back for a red value that is old", async () => {
    const app = deployed();
    const evidence = await gather(sourceWith({ old: [`error_rate${OWN}`], value: 99 }), app);
    expect(evidence.values.get("error_rate")).toEqual([]);
    app.now = Number(nextCheckOf(app.state));
    expect(app.take({ type: "check", evidence: { ...evidence, takenAt: app.now } }).reason).toBe("held");
  });

  test("tells why a rule has recorded nothing", async () => {
    const groups = [failing("record", "error_rate")];
    const missing = { ...sourceWith({ groups }), query: async () => ({ values: [], warnings: [] }) };
    expect((await gather(missing)).blindness).toEqual(["the rule error_rate fails: many-to-many"]);
    // What is recorded all the same needs no excuse: an evaluation may fail once.
    expect((await gather(sourceWith({ groups }))).blindness).toEqual([]);
  });

  test("does not take alerts that cannot fire for alerts that do not", async () => {
    const groups = ["ErrorsSpike", "Deaf", "Loud", "Quiet"].map((name) =>
      failing("alert", name, "x".repeat(999)),
    );
    expect((await gather(sourceWith({ groups }))).blindness).toEqual(
      ["ErrorsSpike", "Deaf", "Loud"].map(
        (name) => `the rule ${name} fails and cannot fire: ${"x".repeat(300)}…`,
      ),
    );
    const others = [failing("alert", "ErrorsSpike", "x", "another group")];
    expect((await gather(sourceWith({ groups: others }))).blindness).toEqual([]);
  });

  test("needs no server that tells of its rules", async () => {
    const source = { ...sourceWith({ old: ["hits"] }), ruleGroups: unavailable("404 Not Found") };
    expect((await gather(source)).blindness).toEqual(["the newest hits is older than two of its scrapes"]);
  });

  test("waits for a server that hangs at its rules no longer than it must: a red value is acted on without them", async () => {
    let patience = Number.POSITIVE_INFINITY;
    const ruleGroups: MetricsSource["ruleGroups"] = async (_, within = patience) => {
      patience = within;
      return [];
    };
    await gather({ ...sourceWith({}), ruleGroups });
    expect(patience).toBeLessThanOrEqual(2_000);
  });

  test("is blind where the age cannot be had", async () => {
    const { query, ...source } = sourceWith({});
    const deaf = (expr: string) => (expr.startsWith(AGES) ? unavailable("no times here")() : query(expr));
    expect((await gather({ ...source, query: deaf })).blindness).toEqual(["no times here"]);
  });

  test("is promoted by no evidence: whatever is old, for as long as it is", async () => {
    await fc.assert(
      fc.asyncProperty(fc.subarray(SELECTORS), fc.nat(30), async (old, looks) => {
        const app = deployed();
        for (let look = 0; look < looks && app.isActive && app.stage === 1; look += 1) {
          app.now = Number(nextCheckOf(app.state));
          app.take({ type: "check", evidence: await gather(sourceWith({ old }), app) });
        }
        expect(app.stage === 2).toBe(old.length === 0 && looks >= 6);
        expect(app.traffic).toBe(app.stage === 2 ? 100 : 50);
      }),
      { numRuns: 60 },
    );
  });
});

describe("a verification", () => {
  function look(metrics: MetricsSource) {
    const app = new RolloutSimulator({ policy: shop, now: NOW });
    app.alert("ErrorsSpike");
    return gatherVerification({ metrics, clock: { now: () => NOW } }, shop, app.state);
  }

  test("takes a trigger that reads something old for neither true nor untrue", async () => {
    const evidence = await look(sourceWith({ old: [`error_rate${OWN}`], value: 99 }));
    expect(evidence).toMatchObject({ breached: [], answered: [] });
    expect(evidence.blindness).toEqual(["the newest error_rate is older than two evaluations (30s)"]);
    expect(judgeCheck(evidence, shop).verdict).toBe("no_data");
  });

  test("tells why it is old, and needs no server that does", async () => {
    const groups = [failing("record", "error_rate")];
    const { blindness } = await look(sourceWith({ old: [`error_rate${OWN}`], groups }));
    expect(blindness).toEqual(["the rule error_rate fails: many-to-many"]);
    const source = { ...sourceWith({}), ruleGroups: unavailable("404 Not Found") };
    expect(await look(source)).toMatchObject({ breached: ["ErrorsSpike"], blindness: [] });
  });

  test("takes nothing for an answer where the rule fails, also while its last value is there", async () => {
    const gone = { ...sourceWith({ groups: [failing("record", "error_rate")] }) };
    const evidence = await look({ ...gone, query: async () => ({ values: [], warnings: [] }) });
    expect(evidence).toMatchObject({ breached: [], answered: [] });
    expect(evidence.blindness).toEqual(["the rule error_rate fails: many-to-many"]);
    // Nor for good, or bad, as long as it is there.
    expect(await look({ ...gone })).toMatchObject({
      breached: [],
      answered: [],
      blindness: evidence.blindness,
    });
  });

  test("is blind where the age cannot be had", async () => {
    const { query, ...source } = sourceWith({ value: 0 });
    const deaf = (expr: string) => (expr.startsWith(AGES) ? unavailable("no times here")() : query(expr));
    expect((await look({ ...source, query: deaf })).blindness).toEqual(["no times here"]);
  });
});

describe("what is asked, as Prometheus understands it", () => {
  let directory: TemporaryDirectory;
  beforeAll(async () => {
    directory = await temporaryDirectory("old-values");
  });
  afterAll(() => directory?.remove());

  /** The question of whether that is old. */
  async function question(expr: string): Promise<string> {
    const asked: string[] = [];
    const deadline = new Deadline(1_000);
    const found = await oldIn(sourceWith({ asked }), [expr], shop, deadline);
    deadline.clear();
    expect(found).toBe(NOTHING_OLD);
    return asked.join();
  }

  /** @param series with a sample a second from 0 on, and none, but no mark of an end, where `_` stands */
  async function isOld(expr: string, series: Readonly<Record<string, string>>, at: string): Promise<boolean> {
    const input_series = Object.entries(series).map(([name, values]) => ({ series: name, values }));
    const file = join(directory.path, "rules.test.json");
    const ask = { expr: `count(${await question(expr)})`, eval_time: at, exp_samples: [] };
    await writeFile(
      file,
      JSON.stringify({
        evaluation_interval: "1s",
        tests: [{ interval: "1s", input_series, promql_expr_test: [ask] }],
      }),
    );
    const { output } = await tool("promtool", "test", "rules", file);
    if (output.includes("SUCCESS")) return false;
    expect(output).toContain("got:");
    return true;
  }

  const everySecond = "1x1000";
  const every = (seconds: number, times: number): string =>
    Array(times)
      .fill(
        `1 ${Array(seconds - 1)
          .fill("_")
          .join(" ")}`,
      )
      .join(" ");

  test.each([
    ["what is recorded every 15 s is not old after 30 s", `error_rate${OWN}`, every(15, 10), "165s", false],
    ["but is then", `error_rate${OWN}`, every(15, 10), "166s", true],
    ["nor is what is there no more", `error_rate${OWN}`, `${every(15, 10)} stale`, "200s", false],
    ["what is scraped every 5 s is old after 10 s", "hits", every(5, 120), "606s", true],
    ["and before that it is not", "hits", every(5, 120), "605s", false],
    ["what is scraped every minute may be older", "hits", every(60, 10), "650s", false],
    ["but not as old as that", "hits", every(60, 10), "691s", true],
    ["of what has come once nothing is known", "hits", "1", "299s", false],
  ])("%s", async (_, selector, values, at, old) => {
    const metric = /^\w+/.exec(selector)?.[0] ?? "";
    expect(await isOld(metric, { [selector]: values }, at)).toBe(old);
  });

  test("another application's samples, and other series, do not make up for its own", async () => {
    const own = { [`error_rate${OWN}`]: "1", 'error_rate{application="other"}': everySecond };
    expect(await isOld(`error_rate${OWN} > 1`, own, "40s")).toBe(true);
    expect(await isOld("hits", { 'hits{pod="a"}': every(5, 10), 'hits{pod="b"}': everySecond }, "120s")).toBe(
      false,
    );
  });

  test("one old selector of several is enough", async () => {
    const series = { hits: everySecond, [`error_rate${OWN}`]: "1" };
    expect(await isOld(`hits / error_rate${OWN}`, series, "40s")).toBe(true);
    expect(await isOld("hits / vector(1)", series, "40s")).toBe(false);
  });
});
