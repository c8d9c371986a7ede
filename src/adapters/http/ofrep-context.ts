import type { Attributes } from "../../domain/targeting.ts";
import { HttpProblem } from "./problem.ts";

/** Whom flags are evaluated for. */
export interface EvaluationContext {
  readonly targetingKey: string | undefined;
  readonly attributes: Attributes;
}

const UTF8 = new TextDecoder("utf-8", { fatal: true });
/** Levels of lists and objects. Targeting looks at the first one only. */
const MAX_DEPTH = 32;
/** UTF-16 units: it is hashed for every flag that is on for some only. */
const MAX_TARGETING_KEY = 1_024;

/**
 * Reads the body of an evaluation: `{"context": {"targetingKey": "…", …}}`. An empty targeting key is none: everybody
 * without a name would be one user. Of members that come twice the last one counts.
 * @throws HttpProblem `invalid_json`, `invalid_context`
 */
export function parseContext(bytes: Buffer): EvaluationContext {
  const body = jsonOf(bytes);
  if (!isObject(body)) throw invalid(`the body is ${kindOf(body)}, and should be {"context": {…}}`);
  if (!Object.hasOwn(body, "context")) throw invalid("the body has no member `context`");
  const { context } = body;
  if (!isObject(context)) throw invalid(`context is ${kindOf(context)}, and should be an object`);
  if (isDeeper(context, MAX_DEPTH)) throw invalid(`context has more than ${MAX_DEPTH} levels`);
  const targetingKey = Object.hasOwn(context, "targetingKey") ? context.targetingKey : "";
  if (typeof targetingKey !== "string")
    throw invalid(`context.targetingKey is ${kindOf(targetingKey)}, and should be a text`);
  if (targetingKey.length > MAX_TARGETING_KEY)
    throw invalid(`context.targetingKey has more than ${MAX_TARGETING_KEY} characters`);
  return { targetingKey: targetingKey === "" ? undefined : targetingKey, attributes: context };
}

/** The same text for the same context, in whatever order its members came. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (!isObject(value)) return JSON.stringify(value);
  const members = Object.keys(value).sort();
  return `{${members.map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`).join()}}`;
}

function jsonOf(bytes: Buffer): unknown {
  try {
    return JSON.parse(UTF8.decode(bytes));
  } catch (error) {
    throw new HttpProblem("invalid_json", `the body is no JSON: ${(error as Error).message.slice(0, 200)}`);
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Goes no deeper than `levels`, whatever there is. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeper(member, levels - 1));
}

function kindOf(value: unknown): string {
  if (value === null) return "null";
  return Array.isArray(value) ? "a list" : `a ${typeof value}`;
}

function invalid(detail: string): HttpProblem {
  return new HttpProblem("invalid_context", detail);
}
