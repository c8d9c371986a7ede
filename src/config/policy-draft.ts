import type { core } from "zod";
import type { YamlPath } from "../adapters/files/yaml-document.ts";
import { policySchema, type SchemaOutput } from "./policy-schema.ts";

/**
 * As much of a policy as its shape allows. What has a wrong shape is left out, so that the rules still find
 * every other mistake, and one load tells them all.
 */
export interface Draft {
  /** What is wrong with the shape; paths are those of the file. */
  readonly issues: readonly core.$ZodIssue[];
  /** Null when too little is left. */
  readonly policy: SchemaOutput | null;
  /** Where a path of `policy` is in the file: lists have become shorter. */
  originOf(path: YamlPath): YamlPath;
  /** Whether the value at a path of the file, or something around it, was left out. */
  isLeftOut(path: YamlPath): boolean;
  /** Whether something below a path of the file was. */
  hasLeftOut(path: YamlPath): boolean;
}

/** Stand in for required sections, so that the rest can be judged without them. */
const STAND_INS: Readonly<Record<string, unknown>> = {
  flags: {},
  alerts: [],
};

const STAND_IN_APPLICATION = { name: "application", trafficFlag: "application" };

/** Each round leaves out what was found, or what is around it; nesting is shallow. */
const MAX_ROUNDS = 12;

export function draftPolicy(raw: unknown): Draft {
  const leftOut = new Set<string>();
  const isLeftOut = (path: YamlPath): boolean =>
    path.some((_, index) => leftOut.has(idOf(path.slice(0, index + 1))));
  const hasLeftOut = (path: YamlPath): boolean =>
    [...leftOut].some((id) => id.startsWith(`${idOf(path).slice(0, -1)},`));
  let issues: core.$ZodIssue[] | undefined;
  let candidate: Candidate = { value: raw, survivors: new Map() };
  for (let round = 0; round < MAX_ROUNDS; round++) {
    const { value, survivors } = candidate;
    const originOf = (path: YamlPath): YamlPath => originIn(survivors, path);
    const result = policySchema.safeParse(value);
    if (result.success) return { issues: issues ?? [], policy: result.data, originOf, isLeftOut, hasLeftOut };
    const found = result.error.issues.map((issue) => ({ ...issue, path: [...originOf(issue.path)] }));
    issues ??= found;
    const culprits = found.flatMap((issue) => culpritsOf(issue, raw, isLeftOut));
    for (const path of culprits) leftOut.add(idOf(path));
    candidate = candidateOf(raw, leftOut);
  }
  return { issues: issues ?? [], policy: null, originOf: (path) => path, isLeftOut, hasLeftOut };
}

/** What is left of the file, and for each list of it the indexes that its items have in the file. */
interface Candidate {
  readonly value: unknown;
  readonly survivors: ReadonlyMap<string, readonly number[]>;
}

/** The parts to leave out: the smallest that are there, else what misses them. */
function culpritsOf(issue: core.$ZodIssue, raw: unknown, isLeftOut: Draft["isLeftOut"]): YamlPath[] {
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => [...issue.path, key]);
  let path: YamlPath = issue.path;
  while (path.length > 1 && (isLeftOut(path) || valueAt(raw, path) === undefined)) path = path.slice(0, -1);
  return [path];
}

function candidateOf(raw: unknown, leftOut: ReadonlySet<string>): Candidate {
  const survivors = new Map<string, readonly number[]>();
  const pruned = (value: unknown, path: YamlPath): unknown => {
    if (Array.isArray(value)) {
      const indexes = [...value.keys()].filter((index) => !leftOut.has(idOf([...path, index])));
      survivors.set(idOf(path), indexes);
      return indexes.map((index) => pruned(value[index], [...path, index]));
    }
    if (!isRecord(value)) return value;
    const copy: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) {
      if (!leftOut.has(idOf([...path, key]))) copy[key] = pruned(item, [...path, key]);
    }
    return copy;
  };
  const left = recordOf(pruned(raw, []));
  const application = { ...STAND_IN_APPLICATION, ...recordOf(left.application) };
  return { value: { ...STAND_INS, ...left, application }, survivors };
}

function originIn(survivors: Candidate["survivors"], path: YamlPath): YamlPath {
  const origin: PropertyKey[] = [];
  for (const segment of path) {
    const indexes = typeof segment === "number" ? survivors.get(idOf(origin)) : undefined;
    origin.push(typeof segment === "number" ? (indexes?.[segment] ?? segment) : segment);
  }
  return origin;
}

/** What is written at a path; undefined when nothing is. */
export function valueAt(value: unknown, path: YamlPath): unknown {
  let found = value;
  for (const segment of path) {
    if (typeof found !== "object" || found === null || !Object.hasOwn(found, segment)) return undefined;
    found = (found as Record<PropertyKey, unknown>)[segment];
  }
  return found;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function recordOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function idOf(path: YamlPath): string {
  return JSON.stringify(path);
}
