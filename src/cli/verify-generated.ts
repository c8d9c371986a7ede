import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesOf, writeChanges } from "../adapters/files/generated-files.ts";
import { runTool, toolVersion } from "../adapters/upstream-tools/run-tool.ts";
import { parseToolMessages } from "../adapters/upstream-tools/tool-messages.ts";
import { type Problem, sortProblems } from "../config/problem.ts";
import { DEFAULT_TARGET, parseVersion, type Target } from "../domain/generate/versions.ts";
import { documents, generatedRules, rulesPath, testsPath } from "./generated-documents.ts";
import type { Io } from "./io.ts";
import { placeOfConfig, placeOfRule } from "./place-in-policy.ts";
import type { ReadPolicy } from "./policy-sources.ts";

export interface Verification {
  /** At the lines that people wrote, not at those that were generated. */
  readonly problems: readonly Problem[];
  /** What was not looked at, and why. */
  readonly notes: readonly string[];
}

/** What one verification works with. */
interface Work {
  /** The directory that the files were written to. */
  readonly root: string;
  readonly policies: readonly ReadPolicy[];
  readonly environment: Io["environment"];
}

/** Lets promtool and amtool judge what is generated for their own versions, wherever they are installed. */
export async function verifyGenerated(
  policies: readonly ReadPolicy[],
  environment: Io["environment"],
): Promise<Verification> {
  const [promtool, amtool] = await Promise.all([
    toolVersion("promtool", environment),
    toolVersion("amtool", environment),
  ]);
  const target: Target = {
    prometheus: parseVersion(promtool ?? "") ?? DEFAULT_TARGET.prometheus,
    alertmanager: parseVersion(amtool ?? "") ?? DEFAULT_TARGET.alertmanager,
  };
  const notes = [
    ...(promtool === undefined ? ["promtool is not installed: it has not checked the rules"] : []),
    ...(amtool === undefined ? ["amtool is not installed: it has not checked the routes"] : []),
  ];
  const root = mkdtempSync(join(tmpdir(), "rollguard-verify-"));
  const work: Work = { root, policies, environment };
  try {
    writeChanges(root, changesOf(root, documents(policies, target), []));
    const problems = [
      ...(promtool === undefined ? [] : await prometheusProblems(work, target)),
      ...(amtool === undefined ? [] : await configProblems(work, "alertmanager", "amtool", ["check-config"])),
    ];
    return { problems, notes };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function prometheusProblems(work: Work, target: Target): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const { rules, ...source } of generatedRules(work.policies, target)) {
    const steps = [
      ["check", rulesPath(source.policy)],
      ["test", testsPath(source.policy)],
    ] as const;
    for (const [verb, path] of steps) {
      const found = await complaintsOf(work, "promtool", [verb, "rules", join(work.root, path)]);
      const placed = found.map(({ text, rule }) => placeOfRule(source, rules, rule, `promtool: ${text}`));
      problems.push(...sortProblems(placed));
      // Rules that cannot be loaded would fail every test once more.
      if (found.length > 0) break;
    }
  }
  return problems.length > 0 ? problems : configProblems(work, "prometheus", "promtool", ["check", "config"]);
}

async function configProblems(
  work: Work,
  server: "prometheus" | "alertmanager",
  tool: string,
  args: readonly string[],
): Promise<Problem[]> {
  const file = join(work.root, server, `${server}.yml`);
  const found = await complaintsOf(work, tool, [...args, file]);
  return found.map(({ text }) =>
    placeOfConfig(work.policies, server, `${tool}: ${text.replaceAll(file, `${server}.yml`)}`),
  );
}

async function complaintsOf({ environment }: Work, tool: string, args: readonly string[]) {
  const run = await runTool(tool, args, environment);
  return run === undefined || run.succeeded ? [] : parseToolMessages(run.output);
}
