import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "@jest/globals";
import { runTool } from "../../src/adapters/upstream-tools/run-tool.ts";
import { parseToolMessages } from "../../src/adapters/upstream-tools/tool-messages.ts";
import { run } from "../cli/run.ts";
import { policyText } from "../support/generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

const POLICY = policyText(`metrics:
  - { record: error_rate, unit: percent, ratio: { bad: 'http_requests_total{code=~"5.."}', total: http_requests_total } }
  - { record: failures, unit: ratio, ratio: { bad: 'failures_total{kind!="test"}', total: 'calls_total{app="shop"}' } }
  - { record: slow, unit: percent, latency: { histogram: duration_seconds, above: 1s } }
  - { record: p95, unit: milliseconds, latency: { histogram: 'duration_seconds{app="shop"}', quantile: 0.95 } }
alerts:
  - { alert: Errors, metric: error_rate, above: 1, rollback: stage }
  - { alert: ErrorsOfStage, metric: error_rate, limits: [{ traffic: 10, limit: 0.5 }, { traffic: 100, limit: 1 }] }
  - { alert: Budget, metric: error_rate, slo: 99.9, rollback: stage }
  - { alert: Failures, metric: failures, above: 0.05, for: 2m, rollback: stage }
  - { alert: Slow, metric: slow, above: 5, rollback: stage }
  - { alert: P95, metric: p95, above: 500, rollback: stage }
`);

const RULES = "rules/generated/shop.rules.yml";
const TESTS = "rules/generated/shop.rules.test.yml";

let directory: TemporaryDirectory;
let head = "";
let tests: string[] = [];

beforeAll(async () => {
  directory = await temporaryDirectory("counted");
  const file = join(directory.path, "shop.yaml");
  await writeFile(file, POLICY);
  const written = await run(["generate", file, "--out", directory.path, "--prometheus-version", "2.42.0"]);
  expect(written).toMatchObject({ code: 0 });
  [head = "", ...tests] = (await text(TESTS)).split(/(?=^ {2}- name: )/m);
});

afterAll(() => directory?.remove());

const text = (path: string): Promise<string> => readFile(join(directory.path, path), "utf8");

/** The alerts that do not do what some of the tests say. */
async function failing(name: RegExp): Promise<string[]> {
  const chosen = tests.filter((test) => name.test(test.split("\n", 1)[0] ?? ""));
  expect(chosen).not.toHaveLength(0);
  await writeFile(join(directory.path, TESTS), `${head}${chosen.join("")}`);
  const ran = await runTool("promtool", ["test", "rules", join(directory.path, TESTS)], process.env);
  const messages = ran?.succeeded === false ? parseToolMessages(ran.output) : [];
  return messages.map(({ rule }) => (rule?.by === "alert" ? rule.alert : "none"));
}

it("alerts on counted metrics are quiet with few bad requests, and in time with an outage", async () => {
  expect(tests.filter((test) => / at \d+ a minute /.test(test))).toHaveLength(4 * 9 - 2);
  expect(await failing(/ at \d+ a minute /)).toEqual([]);
});

it("a limit of the ratio alone takes two bad requests for a breach, and the tests say so", async () => {
  const rules = await text(RULES);
  const judged = / {6}- alert: Errors\n {8}expr: \|-\n(?: {10}.*\n)+/;
  expect(rules).toMatch(judged);
  const alone = rules.replace(judged, "      - alert: Errors\n        expr: error_rate > 1\n");
  await writeFile(join(directory.path, RULES), alone);
  expect(await failing(/error_rate: two bad/)).toEqual(["Errors", "Errors", "Errors"]);
  // One leaves the window before a minute is over: that test alone proves little.
  expect(await failing(/error_rate: one bad/)).toEqual([]);
});
