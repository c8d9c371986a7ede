import { RollguardError } from "../../domain/errors.ts";
import type { FlagSetting } from "../../domain/flag.ts";
import { type StateChange, type WritableState, writeChange } from "../../domain/state.ts";

/**
 * A state is stored field by field: `flag:<key>`, `alert:<fingerprint>`, `rollback`, `snapshot`; each value is JSON.
 * A field of another name was written by a newer version: it is not understood, and it is left alone.
 */
export type FieldName = string;

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

function jsonOf(change: StateChange): string | null {
  if (change.value === null) return null;
  if (change.kind === "snapshot") return JSON.stringify([...change.value]);
  return JSON.stringify(change.value);
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
  const key = name.slice(colon + 1);
  if (colon !== -1 && (kind === "flag" || kind === "alert")) return { kind, key, value: JSON.parse(json) };
  if (kind === "rollback" && colon === -1) return { kind, value: JSON.parse(json) };
  if (kind === "snapshot" && colon === -1)
    return { kind, value: new Map<string, FlagSetting>(JSON.parse(json)) };
  return null;
}
