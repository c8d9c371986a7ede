import type { Path } from "../../domain/lint/finding.ts";
import { type Duration, parseDuration } from "../../domain/time.ts";
import { isRecord, valueAt } from "../policy-draft.ts";

/** Readers of files that may be wrong in any way: what is not as expected is left out. */

export interface RawItem {
  readonly value: Readonly<Record<string, unknown>>;
  readonly path: Path;
}

/** The mappings of a list. */
export function itemsAt(value: unknown, path: Path): RawItem[] {
  const list = valueAt(value, path);
  if (!Array.isArray(list)) return [];
  return list.flatMap((item, index) => (isRecord(item) ? [{ value: item, path: [...path, index] }] : []));
}

/**
 * The same value with its merge keys (`<<`) carried out, as Prometheus and Alertmanager do; in a policy there are
 * none. What is merged has no place of its own: its findings are told where it is merged.
 */
export function withMerges(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMerges);
  if (!isRecord(value)) return value;
  const merged: Record<string, unknown> = Object.create(null);
  for (const source of [value["<<"]].flat()) if (isRecord(source)) Object.assign(merged, withMerges(source));
  for (const [key, item] of Object.entries(value)) if (key !== "<<") merged[key] = withMerges(item);
  return merged;
}

/** A scalar as text, as Prometheus itself reads `for: 0` or `severity: 1`. */
export function textAt(value: unknown, path: Path): string | undefined {
  const found = valueAt(value, path);
  return typeof found === "string" || typeof found === "number" || typeof found === "boolean"
    ? String(found)
    : undefined;
}

export function durationAt(value: unknown, path: Path): Duration | undefined {
  const text = textAt(value, path);
  return text === undefined ? undefined : parseDuration(text);
}

/** Its texts by name. */
export function textsAt(value: unknown, path: Path): Map<string, string> {
  const texts = new Map<string, string>();
  const found = valueAt(value, path);
  if (!isRecord(found)) return texts;
  for (const key of Object.keys(found)) {
    const text = textAt(found, [key]);
    if (text !== undefined) texts.set(key, text);
  }
  return texts;
}

export function stringsAt(value: unknown, path: Path): string[] {
  const found = valueAt(value, path);
  return Array.isArray(found) ? found.filter((item) => typeof item === "string") : [];
}
