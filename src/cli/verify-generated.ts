import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { changesOf, writeChanges } from "../adapters/files/generated-files.ts";
import { runTool, toolVersion } from "../adapters/upstream-tools/run-tool.ts";
import { parseToolMessages } from "../adapters/upstream-tools/tool-messages.ts";
import { type Problem, sortProblems } from "../config/problem.ts";
import { DEFAULT_TARGET, parseVersion, type Target } from "../domain/generate/versions.ts";
import { documents, generatedRules, rulesPath, testsPath } from "./generated-documents.ts";
import { placeOfConfig, placeOfRule } from "./place-in-policy.ts";
import type { ReadPolicy } from "./policy-sources.ts";

export interface Verification {
  /** At the lines that people wrote, not at those that were generated. */
  readonly problems: readonly Problem[];
  /** What was not looked at, and why. */
  readonly notes: readonly string[];
}

/** Lets promtool and amtool judge what is generated for their own versions, wherever they are installed. */
export async function verifyGenerated(policies: readonly ReadPolicy[]): Promise<Verification> {
  const [promtool, amtool] = await Promise.all([toolVersion("promtool"), toolVersion("amtool")]);
  const target: Target = {
    prometheus: parseVersion(promtool ?? "") ?? DEFAULT_TARGET.prometheus,
    alertmanager: parseVersion(amtool ?? "") ?? DEFAULT_TARGET.alertmanager,
  };
  const notes = [
    ...(promtool === undefined ? ["promtool is not installed: it has not checked the rules"] : []),
    ...(amtool === undefined ? ["amtool is not installed: it has not checked the routes"] : []),
  ];
  const root = mkdtempSync(join(tmpdir(), "rollguard-verify-"));
  try {
    writeChanges(root, changesOf(root, documents(policies, target), []));
    const problems = [
      ...(promtool === undefined ? [] : await promtoolProblems(root, policies, target)),
      ...(amtool === undefined ? [] : await configProblems(root, policies, "alertmanager")),
    ];
    return { problems, notes };
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

async function promtoolProblems(
  root: string,
  policies: readonly ReadPolicy[],
  target: Target,
): Promise<Problem[]> {
  const problems: Problem[] = [];
  for (const [index, { rules }] of generatedRules(policies, target).entries()) {
    const source = policies[index];
    if (source === undefined) continue;
    // Rules that cannot be loaded would fail every test once more.
    for (const [verb, path] of [
      ["check", rulesPath(source.policy)],
      ["test", testsPath(source.policy)],
    ] as const) {
      const found = await complaintsOf("promtool", [verb, "rules", join(root, path)]);
      const placed = found.map(({ text, rule }) => placeOfRule(source, rules, rule, `promtool: ${text}`));
      problems.push(...sortProblems(placed));
      if (found.length > 0) break;
    }
  }
  return problems.length > 0 ? problems : configProblems(root, policies, "prometheus");
}

async function configProblems(
  root: string,
  policies: readonly ReadPolicy[],
  server: "prometheus" | "alertmanager",
): Promise<Problem[]> {
  const file = join(root, server, `${server}.yml`);
  const [tool, args] =
    server === "prometheus" ? ["promtool", ["check", "config", file]] : ["amtool", ["check-config", file]];
  const found = await complaintsOf(tool as string, args as string[]);
  return found.map(({ text }) =>
    placeOfConfig(policies, server, `${tool}: ${text.replaceAll(file, server)}`),
  );
}

async function complaintsOf(tool: string, args: readonly string[]) {
  const run = await runTool(tool, args);
  return run === undefined || run.succeeded ? [] : parseToolMessages(run.output);
}
