import { type Document, isAlias, isScalar, type Pair, type YAMLMap } from "yaml";
import { targetOfAlias } from "./yaml-aliases.ts";

/** The entries of mappings by their keys: a search for each of many problems would take long. */
const KNOWN = new WeakMap<YAMLMap, ReadonlyMap<string, readonly Pair[]>>();

/** A key as text; undefined for one that is none. */
export function keyOf({ key }: Pair, document: Document): string | undefined {
  const node = isAlias(key) ? targetOfAlias(key, document) : key;
  if (!isScalar(node)) return undefined;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

/** The entry with a key; of several equal ones, which one is told by `nth`, from 0. */
export function pairOf(map: YAMLMap, name: string, document: Document, nth: number): Pair | undefined {
  const pairs = KNOWN.get(map) ?? pairsOf(map, document);
  KNOWN.set(map, pairs);
  return pairs.get(name)?.[nth];
}

function pairsOf(map: YAMLMap, document: Document): ReadonlyMap<string, readonly Pair[]> {
  const pairs = new Map<string, Pair[]>();
  for (const pair of map.items) {
    const key = keyOf(pair, document);
    if (key === undefined) continue;
    const same = pairs.get(key);
    if (same === undefined) pairs.set(key, [pair]);
    else same.push(pair);
  }
  return pairs;
}
