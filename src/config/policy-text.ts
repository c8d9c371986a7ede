import { parseYaml, type YamlPath } from "../adapters/files/yaml-document.ts";
import type { Policy } from "../domain/policy.ts";
import { checkPolicy } from "./policy-check.ts";
import { type Problem, problemOfFile, sortProblems } from "./problem.ts";

export type PolicyResult =
  | { readonly policy: Policy; readonly problems: readonly [] }
  | { readonly policy: null; readonly problems: readonly Problem[] };

/** More would not be read, and each takes a search for its place. */
const MAX_PROBLEMS = 1_000;

/** Reads one policy: tells every mistake at once, each at its place in the text. Never throws. */
export function loadPolicyText(text: string, fileName: string): PolicyResult {
  const document = parseYaml(text);
  if (document.value === null && document.problems.length === 0)
    return { policy: null, problems: [problemOfFile(fileName, "is empty")] };

  const unread = { policy: null, findings: [] };
  const { policy, findings } = document.value === undefined ? unread : checkPolicy(document.value);
  if (policy !== null && document.problems.length === 0) return { policy, problems: [] };

  const found: Problem[] = [
    ...document.problems.map(({ line, column, message }) => ({ file: fileName, line, column, message })),
    ...findings
      .slice(0, MAX_PROBLEMS)
      .map(({ path, part, message }) => ({ file: fileName, ...document.positionOf(path, part), message })),
  ];
  const problems = sortProblems(found).slice(0, MAX_PROBLEMS);
  if (document.problems.length + findings.length > MAX_PROBLEMS)
    problems.push(problemOfFile(fileName, `has more problems: these are ${MAX_PROBLEMS} of them`));
  return { policy: null, problems };
}

/** Where a policy that was read without problems says something; where it does not, the nearest place above. */
export function placeIn(text: string, path: YamlPath): { readonly line: number; readonly column: number } {
  return parseYaml(text).positionOf(path, "value");
}
