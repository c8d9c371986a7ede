import { basename, isAbsolute, relative } from "node:path";
import { filesAt } from "../adapters/files/text-file.ts";
import { isPolicyFile, loadPolicies } from "../config/policy-files.ts";
import { formatProblem } from "../config/problem.ts";
import type { SourcedPolicy } from "./generated-documents.ts";
import { Failure, lines } from "./io.ts";

/** A policy with the path at which its file can be read again. */
export interface ReadPolicy extends SourcedPolicy {
  readonly path: string;
}

/**
 * Reads the policies of a path, sorted by application.
 * @throws Failure with every problem of every file
 */
export function readPolicies(path: string): ReadPolicy[] {
  const { files, isDirectory } = filesAt(path);
  if (!isDirectory) return sourced(path, loadPolicies(path));
  // One at a time, to know which file each comes from; what is wrong with all of them, loadPolicies tells best.
  const read = files.filter(isPolicyFile).map((file) => ({ file, ...loadPolicies(file) }));
  const names = read.flatMap(({ policies }) => policies.map(({ application }) => application.name));
  const isClean = read.every(({ problems }) => problems.length === 0);
  if (!isClean || names.length === 0 || new Set(names).size < names.length)
    return sourced(path, loadPolicies(path));
  return read
    .flatMap(({ file, ...loaded }) => sourced(file, loaded))
    .sort((a, b) => (a.policy.application.name < b.policy.application.name ? -1 : 1));
}

function sourced(path: string, { policies, problems }: ReturnType<typeof loadPolicies>): ReadPolicy[] {
  if (problems.length > 0)
    throw new Failure(lines("the policies are not right:", ...problems.map(formatProblem)).trimEnd());
  return policies.map((policy) => ({ policy, path, file: nameOf(path) }));
}

/** As headers name it: the same on every machine that runs this in the project's directory. */
function nameOf(path: string): string {
  const inside = relative(".", path);
  const isOutside = inside.startsWith("..") || isAbsolute(inside);
  return (isOutside ? basename(path) : inside).replaceAll("\\", "/");
}
