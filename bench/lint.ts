// How long `rollguard lint` takes as the number of applications grows, and how much memory.
//   node --import ./test/support/typescript-hook.mjs bench/lint.ts
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lintFiles } from "../src/config/lint/lint-files.ts";

const APPLICATIONS = [1, 10, 100, 200];
const ALERTS = 50;

/** Milliseconds for 200 applications. */
const LIMIT = 10_000;

function policyOf(application: number): string {
  const alerts = Array.from({ length: ALERTS / 2 }, (_, index) => {
    const metric = `app${application}_rate_${index}`;
    return [
      `  - alert: Errors${index}`,
      `    expr: ${metric} > ${index + 1} and sum by (job) (rate(app${application}_requests_total{path="/${index}"}[5m])) > 10`,
      "    for: 1m",
      "    rollback: stage",
      "    labels: { severity: critical }",
      `    annotations: { summary: "Errors ${index}", runbook_url: docs/errors.md }`,
      `  - alert: Absent${index}`,
      `    expr: absent(${metric})`,
      "    for: 1m",
      "    blind: true",
      "    labels: { severity: critical }",
      `    annotations: { summary: "No errors ${index}", runbook_url: docs/absent.md }`,
    ].join("\n");
  });
  const metrics = Array.from(
    { length: ALERTS / 2 },
    (_, index) =>
      `  - { record: app${application}_rate_${index}, expr: "rate(app${application}_errors_total[5m]) / (rate(app${application}_requests_total[5m]) > 0) * 100", unit: percent }`,
  );
  return [
    `application: { name: app${application}, trafficFlag: checkout }`,
    "flags: { checkout: { phase: 4 } }",
    "metrics:",
    ...metrics,
    "alerts:",
    ...alerts,
    `  - { alert: NoRequests, expr: "absent(app${application}_requests_total)", for: 1m, blind: true, labels: { severity: critical }, annotations: { summary: None, runbook_url: x } }`,
  ].join("\n");
}

async function measure(applications: number, promtool: boolean): Promise<number> {
  const directory = mkdtempSync(join(tmpdir(), "rollguard-bench-"));
  try {
    for (let index = 0; index < applications; index++)
      writeFileSync(join(directory, `app${index}.yaml`), policyOf(index));
    const begin = performance.now();
    const { problems } = await lintFiles({ paths: [directory], promtool });
    const time = performance.now() - begin;
    if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
    return time;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

console.log(`lint, ${ALERTS} alerts an application\n`);
console.log("applications   without promtool     with promtool     a file        memory");
let last = 0;
for (const applications of APPLICATIONS) {
  const alone = await measure(applications, false);
  last = await measure(applications, true);
  const memory = Math.round(process.memoryUsage().rss / 2 ** 20);
  const cells = [
    `${Math.round(alone)} ms`,
    `${Math.round(last)} ms`,
    `${(last / applications).toFixed(1)} ms`,
  ];
  console.log(
    [
      String(applications).padStart(12),
      ...cells.map((cell) => cell.padStart(16)),
      `${memory} MiB`.padStart(12),
    ].join("  "),
  );
}
console.log(`\n${last < LIMIT ? "within" : "OVER"} the limit of ${LIMIT / 1000} s for 200 applications`);
process.exitCode = last < LIMIT ? 0 : 1;
