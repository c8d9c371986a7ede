import {
  Document,
  isMap,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  visit,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { CommentPlaces } from "./rule-import-comments.ts";
import { flatMap, resolved, textOf } from "./rule-import-flat.ts";
import { AlertNames } from "./rule-import-names.ts";
import { nameIn, RuleTranslator } from "./rule-import-rules.ts";
import { addRuleSites } from "./rule-import-sites.ts";
import { commentsIn } from "./yaml-comments.ts";

/** Something that a policy has no word for, or has in other words. */
export interface ImportNote {
  /** From 1, in the rule file. */
  readonly line: number;
  readonly message: string;
}

export interface ImportedRules {
  /** The sections `metrics` and `alerts` of a policy. */
  readonly yaml: string;
  readonly alerts: number;
  readonly metrics: number;
  /** By line. */
  readonly notes: readonly ImportNote[];
}

/** What a policy says for every rule at once, or has no use for. */
const GROUP_SETTINGS: ReadonlyMap<string, string> = new Map([
  ["interval", "scrape.evaluationInterval is judged for all alerts"],
  ["query_offset", "a policy has no such key"],
  ["limit", "a policy has no such key"],
  ["labels", "write them in each alert"],
  ["partial_response_strategy", "a policy has no such key"],
]);

/** Texts stay on the lines that they were written on. */
const WIDTH = 0;

/**
 * Turns a file of Prometheus rules into sections of a policy, with its comments. The text has been read before,
 * and found to be YAML within bounds.
 */
export function importRules(text: string): ImportedRules {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, uniqueKeys: false, prettyErrors: false });
  // They are taken from the text and placed anew: by what the parser holds them to belong to, some would be lost.
  visit(document, { Node: (_, node) => forgetComments(node as Node) });
  return new Importer(document, text, counter).import();
}

function forgetComments(node: Node): void {
  delete node.comment;
  delete node.commentBefore;
}

/** A mapping, and where it stands: in its own place, or in that of the alias that brings it. */
interface Found {
  readonly map: YAMLMap;
  readonly from: number;
  readonly to: number;
  readonly isCopy: boolean;
}

interface FoundGroup extends Found {
  /** Flat. */
  readonly rules: readonly Found[];
}

class Importer {
  readonly #notes: ImportNote[] = [];
  readonly #document: Document;
  readonly #text: string;
  readonly #counter: LineCounter;
  readonly #alerts = new YAMLSeq<YAMLMap>();
  readonly #metrics = new YAMLSeq<YAMLMap>();
  readonly #places = new CommentPlaces();

  constructor(document: Document, text: string, counter: LineCounter) {
    this.#document = document;
    this.#text = text;
    this.#counter = counter;
  }

  import(): ImportedRules {
    const groups = this.#mapsIn(this.#document.get("groups", true), null).map((group) =>
      this.#withRules(group),
    );
    const sections = new YAMLMap();
    const result = new Document(sections);
    this.#places.addSite({
      offset: this.#startOfGroups(),
      within: [],
      above: (lines) => {
        result.commentBefore = lines.join("\n");
      },
    });
    this.#translate(groups);
    if (this.#metrics.items.length > 0) sections.add(new Pair(new Scalar("metrics"), this.#metrics));
    sections.add(new Pair(new Scalar("alerts"), this.#alerts));
    const below = this.#places.place(commentsIn(this.#text, "#"), this.#text);
    if (below.length > 0) result.comment = below.join("\n");
    return {
      yaml: result.toString({ lineWidth: WIDTH }),
      alerts: this.#alerts.items.length,
      metrics: this.#metrics.items.length,
      notes: this.#notes.sort((a, b) => a.line - b.line),
    };
  }

  #translate(groups: readonly FoundGroup[]): void {
    const alerts = groups.flatMap(({ rules }) => rules).filter(({ map }) => map.has("alert"));
    const names = new AlertNames(
      alerts.map((rule) => ({ name: nameIn(rule.map) ?? "", line: this.#lineOfName(rule) })),
    );
    const translator = new RuleTranslator(names);
    for (const group of groups) this.#group(group, translator);
  }

  #group({ map, from, rules }: FoundGroup, translator: RuleTranslator): void {
    for (const { key } of map.items) {
      const name = textOf(key) ?? "";
      const said = GROUP_SETTINGS.get(name);
      if (said !== undefined) this.#noteAt(extentOf(key).from, `the group's ${name} is left out: ${said}`);
    }
    const entries = rules.map((rule) => {
      const name = nameIn(rule.map);
      const note = (node: unknown, message: string) =>
        this.#noteAt(rule.isCopy ? rule.from : extentOf(node).from, message);
      return {
        rule,
        name,
        kind: translator.translate({ rule: rule.map, line: this.#lineOfName(rule), note }),
      };
    });
    this.#places.addSite({
      offset: from,
      within: [],
      heading: ` ---- ${oneLine(textOf(map.get("name", true)) ?? "")} ----`,
      isHeaded: entries.some(({ kind }) => kind !== null),
    });
    for (const { rule, name, kind } of entries)
      if (kind === null)
        this.#places.addSite({
          offset: rule.from,
          column: this.#columnOf(rule.from),
          within: [],
          heading: ` (left out: ${oneLine(name ?? "a rule without a name")})`,
        });
      else this.#keep(rule, kind === "alert" ? this.#alerts : this.#metrics);
  }

  #keep(rule: Found, section: YAMLSeq<YAMLMap>): void {
    rule.map.spaceBefore = section.items.length > 0;
    section.add(rule.map);
    addRuleSites(this.#places, rule.map, rule, (offset) => this.#columnOf(offset));
  }

  #withRules(group: Found): FoundGroup {
    const rules = this.#mapsIn(group.map.get("rules", true), group.isCopy ? group : null);
    return {
      ...group,
      rules: rules.map((rule) => ({ ...rule, map: flatMap(rule.map, this.#document, rule.isCopy) })),
    };
  }

  /** The mappings of a list; those that an alias brings stand where it does, or where `brought` says. */
  #mapsIn(list: unknown, brought: Pick<Found, "from" | "to"> | null): Found[] {
    const target = resolved(list, this.#document);
    if (!isSeq(target)) return [];
    const place = brought ?? (target === list ? null : extentOf(list));
    return target.items.flatMap((item): Found[] => {
      const map = resolved(item, this.#document);
      if (!isMap(map)) return [];
      return [{ ...(place ?? extentOf(item)), map, isCopy: place !== null || map !== item }];
    });
  }

  #startOfGroups(): number {
    const { contents } = this.#document;
    const pairs = isMap(contents) ? contents.items : [];
    const key = pairs.find((pair) => textOf(pair.key) === "groups")?.key;
    return extentOf(key).from;
  }

  #columnOf(offset: number): number {
    return this.#counter.linePos(offset).col;
  }

  #lineOfName({ map, from, isCopy }: Found): number {
    return this.#counter.linePos(isCopy ? from : extentOf(map.get("alert", true)).from).line;
  }

  #noteAt(offset: number, message: string): void {
    this.#notes.push({ line: this.#counter.linePos(offset).line, message });
  }
}

function extentOf(node: unknown): Pick<Found, "from" | "to"> {
  const range = (node as Node | null | undefined)?.range;
  return { from: range?.[0] ?? 0, to: range?.[1] ?? 0 };
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, " ");
}
