import { execFile } from "node:child_process";
import { join } from "node:path";
import { changesOf, writeChanges } from "../../src/adapters/files/generated-files.ts";
import { documents } from "../../src/cli/generated-documents.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { INSTALLED } from "./generated.ts";
import { type TemporaryDirectory, temporaryDirectory } from "./process.ts";

export interface GeneratedFiles extends TemporaryDirectory {
  /** The absolute path of a generated file. */
  file(path: string): string;
}

/** Writes everything that is generated from some policies, for the versions that are installed here. */
export async function generatedFiles(
  policies: readonly Policy[],
  target = INSTALLED,
): Promise<GeneratedFiles> {
  const directory = await temporaryDirectory("generated");
  const sources = policies.map((policy) => ({ policy, file: `rules/${policy.application.name}.yaml` }));
  writeChanges(directory.path, changesOf(directory.path, documents(sources, target), []));
  return { ...directory, file: (path) => join(directory.path, path) };
}

export interface ToolResult {
  readonly code: number;
  readonly output: string;
}

export function tool(command: "promtool" | "amtool", ...args: readonly string[]): Promise<ToolResult> {
  return new Promise((resolve, reject) => {
    execFile(command, [...args], { maxBuffer: 64 * 1024 * 1024 }, (error, stdout, stderr) => {
      if (error !== null && typeof error.code !== "number") reject(error);
      else resolve({ code: Number(error?.code ?? 0), output: `${stdout}${stderr}` });
    });
  });
}

/** The receivers that an alert with these labels reaches. */
export async function receiversOf(
  config: string,
  labels: Readonly<Record<string, string>>,
): Promise<readonly string[]> {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  const { code, output } = await tool(
    "amtool",
    "config",
    "routes",
    "test",
    `--config.file=${config}`,
    ...pairs,
  );
  if (code !== 0) throw new Error(output);
  const answer = output.split("\n").find((line) => line !== "" && !line.startsWith("Warning:"));
  return (answer ?? "").trim().split(",");
}
