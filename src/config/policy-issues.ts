import type { core } from "zod";
import type { YamlPath } from "../adapters/files/yaml-document.ts";
import { unknownKeyMessage } from "../domain/lint/unknown-keys.ts";
import { didYouMean, nearest } from "./did-you-mean.ts";
import { isRecord, valueAt } from "./policy-draft.ts";
import { policyJsonSchema } from "./policy-json-schema.ts";

/** A mistake and the part of the file that it is in. */
export interface Finding {
  readonly path: YamlPath;
  readonly part: "key" | "value";
  readonly message: string;
  /** Where there is no more to it than that a key is unknown: which ones are known. */
  readonly known?: readonly string[];
}

/** Says in an SRE's words what zod found. */
export function findingsOf(issue: core.$ZodIssue, raw: unknown): Finding[] {
  if (issue.code === "unrecognized_keys") {
    const known = knownKeysAt(issue.path);
    return issue.keys.map((key) => ({
      path: [...issue.path, key],
      part: "key",
      message: unknownKeyMessage(key, nearest(key, known)),
      known,
    }));
  }
  const found = valueAt(raw, issue.path);
  if (found === undefined && issue.path.length > 0) {
    return [{ path: issue.path, part: "value", message: `"${String(issue.path.at(-1))}" is required here` }];
  }
  return [{ path: issue.path, part: "value", message: messageOf(issue, found) }];
}

function messageOf(issue: core.$ZodIssue, found: unknown): string {
  const isOurs = !issue.message.startsWith("Invalid ");
  if (isOurs) return issue.message;
  if (issue.code === "invalid_type") return `expected ${nounOf(issue.expected)}, found ${described(found)}`;
  if (issue.code === "invalid_value") {
    const values = issue.values.map(String);
    const near = typeof found === "string" ? didYouMean(found, values) : "";
    return `expected ${values.join(", ")}; found ${described(found)}${near}`;
  }
  return issue.message;
}

const NOUNS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  object: "a mapping",
  record: "a mapping",
  array: "a list",
};

function nounOf(expected: string): string {
  return NOUNS[expected] ?? expected;
}

const MAX_QUOTED = 60;

function described(value: unknown): string {
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "a mapping";
  const text = typeof value === "string" ? JSON.stringify(value) : String(value);
  return text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
}

/** Plain data, and so easier to walk than zod's classes. */
const SCHEMA = policyJsonSchema();

function knownKeysAt(path: YamlPath): string[] {
  let schema: unknown = SCHEMA;
  for (const segment of path) {
    schema =
      typeof segment === "number"
        ? valueAt(schema, ["items"])
        : (valueAt(schema, ["properties", segment]) ?? valueAt(schema, ["additionalProperties"]));
  }
  const properties = valueAt(schema, ["properties"]);
  return isRecord(properties) ? Object.keys(properties) : [];
}
