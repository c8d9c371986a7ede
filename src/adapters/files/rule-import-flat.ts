import { type Document, isAlias, isMap, isScalar, isSeq, Pair, type Scalar, YAMLMap } from "yaml";
import { targetOfAlias } from "./yaml-aliases.ts";

/** A scalar as text, which is how Prometheus reads it. */
export function textOf(node: unknown): string | null {
  if (!isScalar(node) || node.value === null) return null;
  return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
}

export function resolved(node: unknown, document: Document): unknown {
  return isAlias(node) ? targetOfAlias(node, document) : node;
}

/**
 * A mapping without anchors, aliases and merge keys, and the mappings in it likewise: what they name may stay behind
 * in another place. What a mapping says itself goes before what it merges.
 */
export function flatMap(map: YAMLMap, document: Document, isCopy = false): YAMLMap {
  const flat = new YAMLMap();
  flat.range = map.range ?? null;
  const merged: Pair[] = [];
  for (const { key, value } of map.items) {
    const plainKey = own(key, document, isCopy);
    if (textOf(plainKey) === "<<") for (const pair of mergedPairs(value, document, isCopy)) merged.push(pair);
    else if (isScalar(plainKey)) flat.items.push(new Pair(plainKey, own(value, document, isCopy)));
  }
  const names = new Set(flat.items.map(({ key }) => textOf(key)));
  for (const pair of merged) {
    const name = textOf(pair.key);
    if (!names.has(name)) flat.items.push(pair);
    names.add(name);
  }
  return flat;
}

function mergedPairs(value: unknown, document: Document, isCopy: boolean): Pair[] {
  const target = resolved(value, document);
  const isTwice = isCopy || target !== value;
  const sources = isSeq(target) ? target.items : [target];
  return sources.flatMap((item) => {
    const source = resolved(item, document);
    return isMap(source) ? flatMap(source, document, isTwice || source !== item).items : [];
  });
}

/** The node itself, or a copy where it stands in another place too: no two places may share one. */
function own(node: unknown, document: Document, isCopy: boolean): unknown {
  const target = resolved(node, document);
  const isTwice = isCopy || target !== node;
  if (isMap(target)) return flatMap(target, document, isTwice);
  if (!isScalar(target)) return target;
  if (!isTwice && target.anchor === undefined) return target;
  const scalar = target.clone() as Scalar;
  delete scalar.anchor;
  return scalar;
}
