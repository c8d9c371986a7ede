import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { runCli } from "../src/cli/run-cli.ts";

/**
 * How long `rollguard generate` takes as applications are added: reading the policies, generating every file and
 * writing it, then finding with `--check` that nothing is stale.
 * Run it with `node --import ./test/support/typescript-hook.mjs bench/generate.ts`.
 */

const APPLICATIONS = [1, 10, 100, 200];
const ALERTS = 50;

/** What issue B allows, in seconds. */
const BUDGET = new Map([
  [1, 1],
  [200, 10],
]);

/** 20 triggers, 5 with limits by traffic, 15 warnings and 10 absences, over 20 metrics that all applications record. */
function policyOf(name: string): string {
  const metrics = Array.from({ length: 20 }, (_, index) => `metric_${index}`);
  return stringify({
    application: { name, trafficFlag: "traffic" },
    scrape: { targets: [{ job: name, address: `${name}:80` }] },
    flags: { traffic: { phase: 1 }, stop: { kind: "kill-switch" } },
    metrics: metrics.map((record) => ({ record, expr: `rate(${name}_${record}_total[1m])`, unit: "count" })),
    alerts: Array.from({ length: ALERTS }, (_, index) => alertOf(index, metrics[index % 20] ?? "")),
  });
}

function alertOf(index: number, metric: string): object {
  const annotations = { summary: `Alert ${index}`, description: "{{ $value }} at {{ $labels.instance }}" };
  const common = { alert: `Alert${index}`, for: "1m", annotations };
  if (index < 20) return { ...common, expr: `${metric} > 5`, rollback: "stage" };
  if (index < 25) {
    const limits = [10, 50, 100].map((traffic) => ({ traffic, limit: traffic / 10 }));
    return { ...common, expr: `${metric} > $limit`, limits, rollback: "safe-state" };
  }
  if (index < 40) return { ...common, expr: `${metric} > 2` };
  return { ...common, expr: `absent(${metric})`, blind: true };
}

async function seconds(argv: readonly string[]): Promise<number> {
  const started = process.hrtime.bigint();
  const code = await runCli(argv, {
    stdout: () => undefined,
    stderr: (text) => console.error(text),
    environment: {},
    untilStopped: async () => "SIGTERM",
    onHangup: () => undefined,
  });
  if (code !== 0) throw new Error(`rollguard ${argv.join(" ")} ended with ${code}`);
  return Number(process.hrtime.bigint() - started) / 1e9;
}

let isOver = false;
console.log(`applications  alerts  generate  check  per application (${ALERTS} alerts each)`);
for (const count of APPLICATIONS) {
  const root = mkdtempSync(join(tmpdir(), "rollguard-bench-"));
  try {
    const policies = join(root, "rules");
    mkdirSync(policies);
    for (let index = 0; index < count; index++) {
      const name = `app${String(index).padStart(3, "0")}`;
      writeFileSync(join(policies, `${name}.yaml`), policyOf(name));
    }
    const generate = await seconds(["generate", policies, "--out", root]);
    const check = await seconds(["generate", policies, "--out", root, "--check"]);
    const budget = BUDGET.get(count);
    const isLate = budget !== undefined && generate > budget;
    isOver ||= isLate;
    console.log(
      [
        String(count).padStart(12),
        String(count * ALERTS).padStart(7),
        `${generate.toFixed(2)} s`.padStart(9),
        `${check.toFixed(2)} s`.padStart(8),
        `${((generate / count) * 1_000).toFixed(0)} ms`.padStart(7),
        budget === undefined ? "" : ` budget ${budget} s${isLate ? ": OVER" : ""}`,
      ].join(" "),
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}
process.exitCode = isOver ? 1 : 0;
