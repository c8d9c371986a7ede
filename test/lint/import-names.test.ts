import { writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { loadPolicyText } from "../../src/config/policy-text.ts";
import { run } from "../cli/run.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

const HEAD = "application: { name: shop, trafficFlag: checkout }\nflags: { checkout: { phase: 4 } }\n";

let directory: TemporaryDirectory;

beforeAll(async () => {
  directory = await temporaryDirectory("import");
});

afterAll(() => directory.remove());

/** Alerts of one line each; the first one is in line 4, and each begins a group of its own. */
async function imported(...alerts: readonly string[]) {
  const file = `${directory.path}/rules.yml`;
  const groups = alerts.map((alert, index) => `  - name: g${index}\n    rules:\n      - { ${alert} }\n`);
  await writeFile(file, `groups:\n${groups.join("")}`);
  const { code, stdout, stderr } = await run(["import", file]);
  expect(code).toBe(0);
  const told = stderr.split("\n").slice(0, -2);
  return { yaml: stdout, told: told.map((line) => line.replace(`${file}:`, "")) };
}

/** Every hint at a rollback taken up. */
function namesIn(yaml: string, hints: "as hints" | "taken up"): string[] {
  const written = hints === "taken up" ? yaml.replaceAll("# rollback: stage", "rollback: stage") : yaml;
  const { policy, problems } = loadPolicyText(HEAD + written, "shop.yaml");
  expect(problems).toEqual([]);
  return policy?.alerts.map(({ alert }) => alert) ?? [];
}

describe("the names of imported alerts", () => {
  it("that cleaning would make equal stay different, and both lines are told", async () => {
    const { yaml, told } = await imported(
      "alert: Errors high, expr: a > 1, labels: { severity: critical }",
      "alert: Errors/high, expr: b > 1, labels: { severity: critical }",
    );
    expect(told).toEqual([
      '4: the alert "Errors high" is called Errors_high now: its name is used in URLs',
      '7: the alert "Errors/high" is called Errors_high_2 now: its name is used in URLs, and line 4 has the name Errors_high',
    ]);
    expect(namesIn(yaml, "as hints")).toEqual(["Errors_high", "Errors_high_2"]);
    expect(namesIn(yaml, "taken up")).toEqual(["Errors_high", "Errors_high_2"]);
  });

  it("stay as they are where they can, whichever comes first", async () => {
    const { yaml, told } = await imported(
      "alert: Errors high, expr: a > 1, labels: { rollback: stage }",
      "alert: Errors_high, expr: b > 1, labels: { rollback: stage }",
      "alert: Errors_high_2, expr: c > 1, labels: { rollback: stage }",
    );
    expect(told).toEqual([
      '4: the alert "Errors high" is called Errors_high_3 now: its name is used in URLs, and line 7 has the name Errors_high',
    ]);
    expect(namesIn(yaml, "as hints")).toEqual(["Errors_high_3", "Errors_high", "Errors_high_2"]);
  });

  it("that were the same in two groups become two where one of them rolls back, or may", async () => {
    for (const labels of ["labels: { rollback: stage }", "labels: { severity: critical }"]) {
      const { yaml, told } = await imported(
        "alert: Errors, expr: a > 1",
        `alert: Errors, expr: b > 1, ${labels}`,
        "alert: Errors, expr: c > 1",
        `alert: Errors, expr: d > 1, ${labels}`,
      );
      const why = "line 4 has an alert of this name, and a rollback needs a name of its own";
      expect(told).toEqual([
        `7: the alert "Errors" is called Errors_2 now: ${why}`,
        '10: the alert "Errors" has the name of the one in line 4: rename one of them before either rolls back',
        `13: the alert "Errors" is called Errors_3 now: ${why}`,
      ]);
      expect(namesIn(yaml, "taken up")).toEqual(["Errors", "Errors_2", "Errors", "Errors_3"]);
    }
  });

  it("are given to many alerts of one name without delay", async () => {
    const alerts = Array.from({ length: 3_000 }, () => "alert: E, expr: a, labels: { rollback: stage }");
    const { told } = await imported(...alerts);
    expect(told.at(-1)).toContain('"E" is called E_3000 now');
  });
});

describe("an imported rule", () => {
  it("says itself what goes before what it merges, and the first merge before the second", async () => {
    const { yaml } = await imported(
      "<<: &first { alert: A, expr: a > 1, for: 1m }, alert: B",
      "<<: [{ for: 2m }, *first], expr: c > 1",
    );
    expect(yaml.split("\n").filter((line) => /^ +-? ?(alert|expr|for):/.test(line))).toEqual([
      "  - alert: B",
      "    expr: a > 1",
      "    for: 1m",
      "  - expr: c > 1",
      "    for: 2m",
      "    alert: A",
    ]);
  });

  it("has its hint where uncommenting makes a key, though labels come first", async () => {
    const { yaml } = await imported("labels: { severity: critical }, alert: A, expr: a > 1");
    expect(namesIn(yaml, "taken up")).toEqual(["A"]);
  });
});
