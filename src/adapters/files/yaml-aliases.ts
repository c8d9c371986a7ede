import { type Document, isAlias, isNode, type Node, visit } from "yaml";

type Targets = ReadonlyMap<Node, Node>;

/** The parser's own way walks through the whole document for each alias. */
const KNOWN = new WeakMap<Document, Targets>();

/** What an alias stands for: the last node above it with its anchor. Undefined for one that names no anchor. */
export function targetOfAlias(alias: Node, document: Document): Node | undefined {
  const targets = KNOWN.get(document) ?? targetsIn(document);
  KNOWN.set(document, targets);
  return targets.get(alias);
}

function targetsIn(document: Document): Targets {
  const anchors = new Map<string, Node>();
  const targets = new Map<Node, Node>();
  visit(document, {
    Node(_, node) {
      if (!isNode(node)) return;
      const target = isAlias(node) ? anchors.get(node.source) : undefined;
      if (target !== undefined) targets.set(node, target);
      if (!isAlias(node) && node.anchor) anchors.set(node.anchor, node);
    },
  });
  return targets;
}
