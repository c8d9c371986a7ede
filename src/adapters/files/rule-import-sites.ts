import { isMap, isScalar, type Node, type YAMLMap } from "yaml";
import type { CommentPlaces, Enclosure } from "./rule-import-comments.ts";

/** Where a rule was written. */
interface Extent {
  readonly from: number;
  readonly to: number;
}

/** Comments one below the other. */
export function joined(...comments: readonly (string | null | undefined)[]): string | null {
  const written = comments.filter((comment) => typeof comment === "string" && comment !== "");
  return written.length === 0 ? null : written.join("\n");
}

/** The places for comments in and around a rule that is kept, as it has become. */
export function addRuleSites(
  places: CommentPlaces,
  rule: YAMLMap,
  extent: Extent,
  columnOf: (offset: number) => number,
): void {
  const seen = new Set<number>();
  const above = aboveNode(rule);
  const outermost = enclosureOf(rule, columnOf(extent.from));
  places.addSite({ offset: extent.from, within: [outermost], above });
  addKeys(rule, [outermost]);

  function addKeys(map: YAMLMap, within: readonly Enclosure[]): void {
    for (const [index, { key, value }] of map.items.entries()) {
      const offset = (key as Node).range?.[0];
      // What an alias brought here has its comments where the anchor is.
      if (offset === undefined || offset < extent.from || offset >= extent.to || seen.has(offset)) continue;
      seen.add(offset);
      const isFirstOfRule = map === rule && index === 0;
      places.addSite({ offset, within, above: isFirstOfRule ? above : aboveNode(key as Node) });
      if (isMap(value)) addKeys(value, [...within, enclosureOf(value, firstColumn(value, offset))]);
      else if (isScalar(value) && value.range)
        places.addValue({
          from: value.range[0],
          to: value.range[1],
          beside: (line) => {
            value.comment = joined(value.comment, line);
          },
        });
    }
  }

  function firstColumn({ range }: YAMLMap, otherwise: number): number {
    return columnOf(range?.[0] ?? otherwise);
  }
}

function aboveNode(node: Node): (lines: readonly string[]) => void {
  return (lines) => {
    node.commentBefore = joined(node.commentBefore, lines.join("\n"));
  };
}

function enclosureOf(map: YAMLMap, column: number): Enclosure {
  return {
    column,
    atEnd: (lines) => {
      map.comment = lines.join("\n");
    },
  };
}
