import { type Document, isCollection, isNode, isScalar, type Scalar, visit } from "yaml";
import { sourceOffsetsOf } from "./scalar-source.ts";

/** Where something stands in a file; both count from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

export interface YamlPlace {
  readonly node: unknown;
  readonly from: number;
}

/** Offsets in the text: of a part of a scalar, or of a node as far as its first line goes. */
export function rangeIn(
  { node, from }: YamlPlace,
  text: string,
  within?: { readonly from: number; readonly to: number },
): [from: number, to: number] {
  const offsets = within !== undefined && isScalar(node) ? offsetsOf(node, text) : undefined;
  if (offsets !== undefined && within !== undefined) {
    const start = offsets[within.from] ?? from;
    // A part ends right behind its last character: the next one may be on another line.
    const end = within.to > within.from ? (offsets[within.to - 1] ?? start) + 1 : start;
    return [start, Math.max(end, start)];
  }
  const end = isNode(node) && node.range && !isCollection(node) ? node.range[1] : from;
  const feed = text.indexOf("\n", from);
  return [from, Math.max(from, feed === -1 ? end : Math.min(end, feed))];
}

/** Of one text there may be a thousand parts to place. */
const OFFSETS = new WeakMap<Scalar, ReturnType<typeof sourceOffsetsOf>>();

function offsetsOf(node: Scalar, text: string): ReturnType<typeof sourceOffsetsOf> {
  if (!OFFSETS.has(node)) OFFSETS.set(node, sourceOffsetsOf(node, text));
  return OFFSETS.get(node);
}

/** For each line on which a part of a document begins: the last line of the largest such part. */
export function extentsOf(document: Document, at: (offset: number) => Position): ReadonlyMap<number, number> {
  const extents = new Map<number, number>();
  const reach = (start: unknown, end: unknown): void => {
    const from = rangeOf(start)?.[0];
    const to = rangeOf(end)?.[1];
    if (from === undefined || to === undefined) return;
    const { line } = at(from);
    extents.set(line, Math.max(extents.get(line) ?? line, at(Math.max(from, to - 1)).line));
  };
  visit(document, {
    Node: (_, node) => reach(node, node),
    Pair: (_, { key, value }) => reach(key, value ?? key),
  });
  return extents;
}

function rangeOf(node: unknown): readonly number[] | undefined {
  return isNode(node) ? (node.range ?? undefined) : undefined;
}
