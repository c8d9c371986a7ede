import { readTextFile } from "../adapters/files/text-file.ts";
import { parseYaml, type YamlPath } from "../adapters/files/yaml-document.ts";
import { formatProblem, type Problem, sortProblems } from "../config/problem.ts";
import { Failure } from "./io.ts";

/** Far beyond ten thousand flags. */
const MAX_BYTES = 2 * 1024 ** 2;
const MOST_TOLD = 20;

/** A file of JSON that says where each part of it stands. */
export interface CheckedFile {
  /** Mappings have no prototype. */
  readonly value: unknown;
  /** What is wrong with it, each at its place. */
  failure(problems: readonly { readonly path: YamlPath; readonly message: string }[]): Failure;
}

/** @throws Failure that names the place of everything that is no JSON, or YAML */
export function readCheckedFile(path: string): CheckedFile {
  const { text, failure } = readTextFile(path, MAX_BYTES);
  if (text === null) throw new Failure(`${path} ${failure}`);
  // JSON is YAML too, and read as that it knows where everything stands.
  const document = parseYaml(text);
  const told = (problems: readonly Problem[]): Failure =>
    new Failure(sortProblems(problems).slice(0, MOST_TOLD).map(formatProblem).join("\n"));
  if (document.problems.length > 0)
    throw told(document.problems.map((problem) => ({ file: path, ...problem })));
  return {
    value: document.value,
    failure: (problems) =>
      told(
        problems.map(({ path: place, message }) => ({
          file: path,
          ...document.positionOf(place, "value"),
          message: place.length === 0 ? message : `${nameOf(place)}: ${message}`,
        })),
      ),
  };
}

/** `flags[3].enabled` */
function nameOf([first, ...rest]: YamlPath): string {
  return (
    String(first) + rest.map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`)).join("")
  );
}
