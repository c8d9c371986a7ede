import type { YamlComment } from "./yaml-comments.ts";

/** A mapping that is kept: comments below its last key, and as far to the right as its keys, stay in it. */
export interface Enclosure {
  /** Of its keys. From 1. */
  readonly column: number;
  readonly atEnd: (lines: readonly string[]) => void;
}

/** A place in the rule file that comments stand above, or in, and what becomes of them. */
export interface Site {
  /** In the text. */
  readonly offset: number;
  /** From the outermost to the innermost. */
  readonly within: readonly Enclosure[];
  /** Undefined for what is not kept: its comments go on to the next site. */
  readonly above?: (lines: readonly string[]) => void;
  /** A line above the comments that follow. */
  readonly heading?: string;
  /** From 1: only comments as far to the right belong under the heading. Without, all that follow. */
  readonly column?: number;
  /** Whether the heading is written even if there are no comments. */
  readonly isHeaded?: boolean;
}

/** A value that is kept, for comments beside it. */
export interface KeptValue {
  readonly from: number;
  readonly to: number;
  readonly beside: (line: string) => void;
}

/** Puts each comment where it stood, as far as that is kept; else to what comes next. None is lost or doubled. */
export class CommentPlaces {
  readonly #sites: Site[] = [];
  readonly #values: KeptValue[] = [];

  addSite(site: Site): void {
    this.#sites.push(site);
  }

  addValue(value: KeptValue): void {
    this.#values.push(value);
  }

  /** @returns what stands below everything */
  place(comments: readonly YamlComment[], text: string): readonly string[] {
    const sites = this.#sites.sort((a, b) => a.offset - b.offset);
    const values = this.#values.sort((a, b) => a.from - b.from);
    const above = new Map<Site | undefined, CommentLines>();
    const atEnd = new Map<Enclosure, CommentLines>();
    const inside = new Set<Site>();
    let site = 0;
    let value = 0;
    for (const comment of comments) {
      const { offset } = comment;
      while ((sites[site]?.offset ?? Number.POSITIVE_INFINITY) < offset) site += 1;
      while ((values[value]?.from ?? Number.POSITIVE_INFINITY) < offset) value += 1;
      const before = values[value - 1];
      if (!comment.isAlone && before !== undefined && isBeside(before, offset, text)) {
        before.beside(lineOf(comment));
        continue;
      }
      const last = sites[site - 1];
      const next = sites[site];
      const open = next?.within ?? [];
      const enclosure = last?.within.findLast(
        (each) => !open.includes(each) && comment.column >= each.column,
      );
      if (last !== undefined && comment.column >= (last.column ?? 0)) inside.add(last);
      if (enclosure === undefined) linesFor(above, next).add(comment, text);
      else linesFor(atEnd, enclosure).add(comment, text);
    }
    for (const [enclosure, { lines }] of atEnd) enclosure.atEnd(lines);
    return handOn(sites, above, inside);
  }
}

/** In the value, behind its first line, is behind the `|` of a block. */
function isBeside({ to }: KeptValue, offset: number, text: string): boolean {
  return offset < to || !text.slice(to, offset).includes("\n");
}

function handOn(
  sites: readonly Site[],
  above: ReadonlyMap<Site | undefined, CommentLines>,
  inside: ReadonlySet<Site>,
): readonly string[] {
  let carried: string[] = [];
  for (const site of sites) {
    const found = above.get(site)?.lines ?? [];
    for (const line of found) carried.push(line);
    if (site.heading !== undefined && (site.isHeaded || found.length > 0 || inside.has(site)))
      carried.push(site.heading);
    if (site.above === undefined || carried.length === 0) continue;
    site.above(carried);
    carried = [];
  }
  for (const line of above.get(undefined)?.lines ?? []) carried.push(line);
  return carried;
}

function linesFor<Key>(all: Map<Key, CommentLines>, key: Key): CommentLines {
  const lines = all.get(key) ?? new CommentLines();
  all.set(key, lines);
  return lines;
}

/** Comments of one place, with the empty lines between them. */
class CommentLines {
  readonly lines: string[] = [];
  #end = 0;

  add(comment: YamlComment, text: string): void {
    const isApart =
      this.lines.length > 0 && /\n[ \t\r]*\n[ \t\r]*$/.test(text.slice(this.#end, comment.offset));
    if (isApart) this.lines.push("");
    this.lines.push(lineOf(comment));
    this.#end = comment.offset + 1 + comment.written.length;
  }
}

/** An empty comment is not an empty line. */
function lineOf({ written }: YamlComment): string {
  return written === "" ? " " : written;
}
