import { CachedState } from "../cached-state.ts";
import { readField } from "../fields.ts";
import type { Tables } from "./environment.ts";
import { eventKey, fieldOf, rangeOf } from "./keys.ts";

/**
 * Reads the state and the newest event of every application: whole pages may have values that are not.
 * @throws Error when one cannot be read
 */
export function checkContents(tables: Tables): void {
  try {
    for (const { value: json } of tables.applications.getRange()) {
      const { number, revision } = JSON.parse(json) as { number: number; revision: number };
      const state = new CachedState(revision, "");
      for (const { key, value } of tables.fields.getRange(rangeOf(number)))
        readField(state, fieldOf(key), value);
      // It never leaves.
      if (revision > 0) JSON.parse(tables.events.get(eventKey(number, revision)) ?? "");
    }
  } catch (cause) {
    throw new Error(`data.mdb is damaged: ${(cause as Error).message}`, { cause });
  }
}
