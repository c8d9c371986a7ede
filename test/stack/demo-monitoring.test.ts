import { readFileSync } from "node:fs";
import { describe, expect, test } from "@jest/globals";
import { parse } from "yaml";
import { AlertRule } from "../../scripts/demo/alert-rule.ts";
import { demoPolicy } from "../../scripts/demo/demo-policy.ts";
import type { PolicyAlert } from "../../scripts/demo/monitoring.ts";
import { metricsOf, type Scrape } from "../../scripts/demo/scrape.ts";
import { loadPolicyText } from "../../src/config/policy-text.ts";

const POLICY = readFileSync("rules/genesis.yaml", "utf8");
const { alerts } = parse(POLICY) as { alerts: PolicyAlert[] };
const FAST = 100;
const SLOW = 20;

function ruleOf(name: string): AlertRule {
  const rule = AlertRule.readable(alerts).find(({ alert }) => alert.alert === name);
  if (rule === undefined) throw new Error(`${name} cannot be judged`);
  return rule;
}

/** Some requests of 80 ms, some of 700 ms. */
function look(at: number, fast: number, slow: number, errors: number): Scrape {
  const series = new Map([
    ["genesis_tests_passed", 47],
    ["genesis_tests_total", 50],
    ["genesis_requests_total", fast + slow],
    ["genesis_errors_total", errors],
    ['genesis_request_duration_seconds_bucket{le="0.1"}', fast],
    ['genesis_request_duration_seconds_bucket{le="0.5"}', fast],
    ['genesis_request_duration_seconds_bucket{le="1"}', fast + slow],
    ['genesis_request_duration_seconds_bucket{le="+Inf"}', fast + slow],
  ]);
  return { at, series };
}

describe("what the demo has built in for want of Prometheus", () => {
  test("judges the triggers that the demo fires, by the policy's own limits", () => {
    for (const name of ["ErrorRateSpike", "LatencyExtreme", "TestPassRateCritical", "ServiceDown"])
      expect(ruleOf(name).state).toBe("inactive");
    const names = AlertRule.readable(alerts).map(({ alert }) => alert.alert);
    expect(names).not.toContain("HealthChecksFailing");
    expect(names).not.toContain("ErrorRateAbsent");
  });

  test("an alert is pending for as long as its `for`, fires, and ends at once", () => {
    const rule = ruleOf("ErrorRateSpike");
    const bad = new Map([["error_rate", 1.1]]);
    const states = [0, 59_999, 60_000, 90_000].map((now) => {
      rule.judge(bad, now);
      return rule.state;
    });
    expect(states).toEqual(["pending", "pending", "firing", "firing"]);
    expect(rule.firingSince).toBe(60_000);
    rule.judge(new Map([["error_rate", 1]]), 91_000);
    expect([rule.state, rule.firingSince]).toEqual(["inactive", undefined]);
  });

  test("an interruption begins the wait anew, and so does not knowing", () => {
    const rule = ruleOf("ErrorRateSpike");
    rule.judge(new Map([["error_rate", 5]]), 0);
    rule.judge(new Map(), 30_000);
    expect(rule.state).toBe("inactive");
    rule.judge(new Map([["error_rate", 5]]), 60_000);
    expect(rule.state).toBe("pending");
  });

  test("takes percent and milliseconds from what happened between two looks", () => {
    const metrics = metricsOf(look(0, 1_000, 0, 3), look(4_000, 1_000 + FAST, SLOW, 3 + 6));
    expect(metrics.get("up")).toBe(1);
    expect(metrics.get("test_pass_rate")).toBe(94);
    expect(metrics.get("error_rate")).toBe(5);
    // 114 of 120: 14 of the 20 slow ones, evenly spread between 0.5 s and 1 s.
    expect(metrics.get("p95_latency")).toBeCloseTo(850);
  });

  test("knows no rate before the second look, without requests, or of an application that is down", () => {
    expect([...metricsOf(undefined, look(0, 10, 0, 0)).keys()]).toEqual(["up", "test_pass_rate"]);
    expect([...metricsOf(look(0, 10, 0, 0), look(1, 10, 0, 0)).keys()]).toEqual(["up", "test_pass_rate"]);
    expect(metricsOf(look(0, 10, 0, 0), { at: 1, series: null })).toEqual(new Map([["up", 0]]));
  });

  test("counts from nothing again after a restart", () => {
    expect(metricsOf(look(0, 1_000, 0, 50), look(4_000, 90, 10, 2)).get("error_rate")).toBe(2);
  });
});

test.each([true, false])("the demo's policy loads, verified: %s", (verified) => {
  const addresses = new Map(
    ["genesis", "rollguard", "prometheus", "alertmanager"].map((job) => [job, "localhost:1"]),
  );
  expect(loadPolicyText(demoPolicy(POLICY, { addresses, verified }), "demo.yaml").problems).toEqual([]);
});
