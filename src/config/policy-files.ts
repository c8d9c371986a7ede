import { basename } from "node:path";
import { filesAt, MAX_YAML_BYTES, readTextFile } from "../adapters/files/text-file.ts";
import type { Policy } from "../domain/policy.ts";
import { ClaimedNames } from "./claimed-names.ts";
import { loadPolicyText, placeIn } from "./policy-text.ts";
import { type Problem, problemOfFile } from "./problem.ts";

export interface LoadedPolicies {
  /** Those without problems, one for each application and each job. */
  readonly policies: readonly Policy[];
  readonly problems: readonly Problem[];
}

/**
 * Reads the policy at a path, or every policy of a directory: its `*.yaml` and `*.yml` files, but not Prometheus
 * rules (`*.rules.yml`), nor what lies in further directories. Tells every mistake of every file; never throws.
 */
export function loadPolicies(path: string): LoadedPolicies {
  const { files, isDirectory, failure } = filesAt(path);
  if (failure !== null) return { policies: [], problems: [problemOfFile(path, failure)] };
  const chosen = isDirectory ? files.filter(isPolicyFile) : files;
  if (chosen.length === 0)
    return {
      policies: [],
      problems: [problemOfFile(path, "has no policy: no *.yaml or *.yml file is in it")],
    };

  const names = new ClaimedNames();
  const policies: Policy[] = [];
  const problems: Problem[] = [];
  for (const file of chosen) {
    const { text, failure: unread } = readTextFile(file, MAX_YAML_BYTES);
    if (text === null) {
      problems.push(problemOfFile(file, unread));
      continue;
    }
    const result = loadPolicyText(text, file);
    problems.push(...result.problems);
    if (result.policy === null) continue;
    const { name: application, job } = result.policy.application;
    const clash = names.claim({ file, application, job });
    if (clash === null) policies.push(result.policy);
    else problems.push({ file, ...placeIn(text, clash.path), message: clash.message });
  }
  return { policies, problems };
}

/** Whether a file in a directory is meant as a policy. */
export function isPolicyFile(path: string): boolean {
  const name = basename(path);
  return /\.ya?ml$/.test(name) && !name.endsWith(".rules.yml") && !name.startsWith(".");
}
