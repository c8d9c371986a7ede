import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type LintResult, lintFiles } from "../../src/config/lint/lint-files.ts";
import type { LintProblem } from "../../src/config/lint/lint-problem.ts";
import type { Version } from "../../src/domain/generate/versions.ts";
import { temporaryDirectory } from "../support/process.ts";

/** Lints texts under the names that they are given. */
export async function lintTexts(
  texts: Readonly<Record<string, string>>,
  { promtool = false, alertmanager }: { promtool?: boolean; alertmanager?: Version | undefined } = {},
): Promise<LintResult> {
  const { path: directory, remove } = await temporaryDirectory("lint");
  try {
    const paths: string[] = [];
    for (const [name, text] of Object.entries(texts)) {
      const path = join(directory, name);
      await writeFile(path, text);
      paths.push(path);
    }
    const result = await lintFiles({
      paths,
      promtool,
      ...(alertmanager === undefined ? {} : { alertmanager }),
    });
    const renamed = result.problems.map((problem) => ({
      ...problem,
      file: problem.file.slice(directory.length + 1),
    }));
    return { ...result, problems: renamed };
  } finally {
    await remove();
  }
}

export async function lintText(text: string, promtool = false): Promise<readonly LintProblem[]> {
  return (await lintTexts({ "file.yml": text }, { promtool })).problems;
}

/** `line:column check` of each. */
export function placesOf(problems: readonly LintProblem[]): string[] {
  return problems.map(({ line, column, check }) => `${line}:${column} ${check}`);
}

/** A policy that nothing is wrong with; tests add to it, or break it. */
export const GOOD = `application: { name: shop, trafficFlag: checkout }
flags:
  checkout: { phase: 4 }
metrics:
  - { record: error_rate, expr: errors, unit: percent }
alerts:
  - alert: ErrorsSpike
    expr: error_rate > 1
    for: 1m
    rollback: safe-state
    labels: { severity: critical }
    annotations: { summary: Errors, runbook_url: docs/runbooks/ErrorsSpike.md }
  - alert: ErrorRateAbsent
    expr: absent(error_rate)
    for: 1m
    blind: true
    labels: { severity: critical }
    annotations: { summary: No error rate, runbook_url: docs/runbooks/ErrorRateAbsent.md }
`;
