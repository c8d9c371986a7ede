import { RollguardError } from "../../domain/errors.ts";
import { type StateChange, type WritableState, writeChange } from "../../domain/state.ts";

/**
 * A state is stored field by field: `flag:<key>`, `raised:<key>`, `alert:<fingerprint>:<name>`, `kept:`, `pulse:` and `ended:` alike, and one for each of the others; each
 * value is JSON. A field of another name was written by a newer version: it is not understood, and it is left alone.
 */
export type FieldName = string;

/** Kinds of which there are many, by key. */
const KEYED = ["flag", "raised", "alert", "kept", "pulse", "ended"] as const;

/** Kinds of which there is one. */
const SINGLE = [
  "rollback",
  "verification",
  "past",
  "storm",
  "snapshot",
  "rollout",
  "bake",
  "backup",
  "watchdog",
  "unchanged",
  "summary",
  "notices",
] as const;

/**
 * What a commit writes: the new JSON of each changed field, or null for a field that goes. Of several changes of
 * one field the last one counts.
 */
export function fieldsOf(changes: readonly StateChange[]): Map<FieldName, string | null> {
  const fields = new Map<FieldName, string | null>();
  for (const change of changes) fields.set(nameOf(change), jsonOf(change));
  return fields;
}

function nameOf(change: StateChange): FieldName {
  return "key" in change ? `${change.kind}:${change.key}` : change.kind;
}

/** There may be thousands of flags and alerts, and no map is in them. */
function jsonOf(change: StateChange): string | null {
  const { value } = change;
  if (value === null) return null;
  return "key" in change ? JSON.stringify(value) : JSON.stringify(value, writeMaps);
}

/**
 * Writes a stored field into a state.
 * @throws RollguardError `store_unavailable` when the value is not what a Rollguard writes
 */
export function readField(state: WritableState, name: FieldName, json: string): void {
  try {
    const change = changeOf(name, json);
    if (change !== null) writeChange(state, change);
  } catch (cause) {
    throw new RollguardError("store_unavailable", `the stored field "${name}" is damaged`, { cause });
  }
}

function changeOf(name: FieldName, json: string): StateChange | null {
  const colon = name.indexOf(":");
  const kind = colon === -1 ? name : name.slice(0, colon);
  const key = colon === -1 ? null : name.slice(colon + 1);
  const known = key === null ? SINGLE.some((one) => one === kind) : KEYED.some((one) => one === kind);
  if (!known) return null;
  if (key === null) return { kind, value: JSON.parse(json, readMaps) } as StateChange;
  return { kind, key, value: JSON.parse(json) } as StateChange;
}

/** JSON has no maps, and a plain object would take a key such as `__proto__` for something else. */
const MAP = "$map";

function writeMaps(_: string, value: unknown): unknown {
  return value instanceof Map ? { [MAP]: [...value] } : value;
}

function readMaps(_: string, value: unknown): unknown {
  if (typeof value !== "object" || value === null || !(MAP in value)) return value;
  return new Map(value[MAP] as readonly (readonly [unknown, unknown])[]);
}
