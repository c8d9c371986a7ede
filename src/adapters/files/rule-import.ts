import {
  Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Pair,
  parseDocument,
  Scalar,
  YAMLMap,
  YAMLSeq,
} from "yaml";
import { parseDuration } from "../../domain/time.ts";
import { RuleTexts } from "./rule-import-texts.ts";

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
  const importer = new Importer(document, (offset) => counter.linePos(offset).line);
  return importer.import();
}

class Importer {
  readonly #notes: ImportNote[] = [];
  readonly #document: Document;
  readonly #lineOf: (offset: number) => number;
  readonly #alerts = new YAMLSeq<YAMLMap>();
  readonly #metrics = new YAMLSeq<YAMLMap>();
  readonly #records = new Set<string>();
  readonly #texts: RuleTexts;

  constructor(document: Document, lineOf: (offset: number) => number) {
    this.#document = document;
    this.#lineOf = lineOf;
    this.#texts = new RuleTexts((node, message) => this.#note(node, message));
  }

  import(): ImportedRules {
    const groups = this.#resolved(this.#document.get("groups", true));
    if (isSeq(groups)) {
      if (isMap(groups.items[0]) && groups.commentBefore)
        groups.items[0].commentBefore = joined(groups.commentBefore, groups.items[0].commentBefore);
      for (const item of groups.items) {
        const group = this.#resolved(item);
        if (isMap(group)) this.#group(group);
      }
    }
    const sections = new YAMLMap();
    if (this.#metrics.items.length > 0) sections.add(new Pair(new Scalar("metrics"), this.#metrics));
    sections.add(new Pair(new Scalar("alerts"), this.#alerts));
    const result = new Document(sections);
    if (this.#document.commentBefore) result.commentBefore = this.#document.commentBefore;
    if (this.#document.comment) result.comment = this.#document.comment;
    return {
      yaml: result.toString({ lineWidth: WIDTH }),
      alerts: this.#alerts.items.length,
      metrics: this.#metrics.items.length,
      notes: this.#notes,
    };
  }

  #group(group: YAMLMap): void {
    const name = String(group.get("name") ?? "");
    for (const { key } of group.items) {
      const said = isScalar(key) ? GROUP_SETTINGS.get(String(key.value)) : undefined;
      if (said !== undefined) this.#note(key, `the group's ${String(key)} is left out: ${said}`);
    }
    const rules = this.#resolved(group.get("rules", true));
    if (!isSeq(rules)) return;
    let heading = joined(group.commentBefore, ` ---- ${name} ----`, rules.commentBefore);
    for (const item of rules.items) {
      const rule = this.#resolved(item);
      const imported = isMap(rule) ? this.#rule(rule) : null;
      if (imported === null) continue;
      imported.commentBefore = joined(heading, imported.commentBefore);
      imported.spaceBefore = this.#isNotFirst(imported);
      heading = null;
    }
  }

  #rule(written: YAMLMap): YAMLMap | null {
    const rule = this.#flat(written);
    const kind = rule.has("alert") ? "alert" : "record";
    const name = this.#texts.textOf(rule.get(kind, true));
    const expr = this.#texts.textOf(rule.get("expr", true));
    if (name === null || expr === null) {
      this.#note(written, "a rule without a name or an expression is left out");
      return null;
    }
    this.#texts.write(rule, "expr", expr);
    return kind === "alert" ? this.#alert(rule, name) : this.#metric(rule, name);
  }

  #isNotFirst(entry: YAMLMap): boolean {
    return this.#alerts.items[0] !== entry && this.#metrics.items[0] !== entry;
  }

  #alert(rule: YAMLMap, name: string): YAMLMap {
    this.#texts.write(rule, "alert", this.#texts.nameOf(name, rule.get("alert", true)));
    for (const key of ["for", "keep_firing_for"]) this.#duration(rule, key);
    this.#keep(rule, ["alert", "expr", "for", "keep_firing_for", "labels", "annotations"]);
    const tier = this.#texts.takeRollback(rule);
    for (const key of ["labels", "annotations"]) this.#texts.cleanMap(rule, key);
    if (tier !== null)
      rule.items.splice(beforeLabels(rule), 0, new Pair(new Scalar("rollback"), new Scalar(tier)));
    else if (this.#texts.textOf(rule.getIn(["labels", "severity"], true)) === "critical")
      suggestRollback(rule);
    this.#alerts.add(rule);
    return rule;
  }

  #metric(rule: YAMLMap, name: string): YAMLMap | null {
    const node = rule.get("record", true);
    if (!/^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name)) {
      this.#note(node, `the metric "${name}" is left out: a policy's metrics have letters, digits, _ and :`);
      return null;
    }
    if (this.#records.has(name)) {
      this.#note(
        node,
        `the metric "${name}" is left out: it is recorded above already, and a policy records it once`,
      );
      return null;
    }
    this.#records.add(name);
    if (rule.has("labels"))
      this.#note(
        rule.get("labels", true),
        `the labels of the metric "${name}" are left out: write them into expr`,
      );
    this.#keep(rule, ["record", "expr"]);
    const unit = new Scalar(unitOf(name));
    unit.comment = " guessed: percent, milliseconds, count or ratio";
    rule.add(new Pair(new Scalar("unit"), unit));
    this.#metrics.add(rule);
    return rule;
  }

  #duration(rule: YAMLMap, key: string): void {
    if (!rule.has(key)) return;
    const node = rule.get(key, true);
    const text = this.#texts.textOf(node) ?? "";
    const duration = parseDuration(text);
    if (duration !== undefined && (duration > 0 || key === "for")) this.#texts.write(rule, key, text);
    else {
      if (duration === undefined) this.#note(node, `${key} is left out: "${text}" is no duration`);
      rule.delete(key);
    }
  }

  #keep(rule: YAMLMap, keys: readonly string[]): void {
    for (const { key } of [...rule.items]) {
      const name = isScalar(key) ? String(key.value) : "";
      if (keys.includes(name)) continue;
      if (name !== "labels") this.#note(key, `the key "${name}" is left out: a policy has no such key`);
      rule.delete(key);
    }
  }

  /** Without aliases and merge keys: what they name may stay behind in another place. */
  #flat(map: YAMLMap): YAMLMap {
    const flat = new YAMLMap();
    flat.commentBefore = map.commentBefore ?? null;
    flat.comment = map.comment ?? null;
    flat.range = map.range ?? null;
    for (const pair of map.items) {
      const merged = isScalar(pair.key) && pair.key.value === "<<" ? this.#resolved(pair.value) : undefined;
      const pairs = isMap(merged) ? this.#flat(merged).items : [pair];
      for (const { key, value } of pairs) {
        const target = this.#resolved(value);
        const copy = isMap(target) ? this.#flat(target) : isAlias(value) ? cloneOf(target) : target;
        if (isPair(pair) && !flat.has(key)) flat.items.push(new Pair(key, copy));
      }
    }
    return flat;
  }

  #resolved(node: unknown): unknown {
    return isAlias(node) ? node.resolve(this.#document) : node;
  }

  #note(node: unknown, message: string): void {
    const offset = (node as Node | null)?.range?.[0] ?? 0;
    this.#notes.push({ line: this.#lineOf(offset), message });
  }
}

function cloneOf(node: unknown): unknown {
  if (!isScalar(node)) return node;
  const copy = node.clone() as Scalar;
  delete copy.anchor;
  return copy;
}

function beforeLabels(rule: YAMLMap): number {
  const index = rule.items.findIndex(
    ({ key }) => isScalar(key) && (key.value === "labels" || key.value === "annotations"),
  );
  return index === -1 ? rule.items.length : index;
}

/** Right above the labels, where a policy's `rollback` stands as a rule. */
function suggestRollback(rule: YAMLMap): void {
  const hint =
    " rollback: stage  # or flag, phase, safe-state, emergency: uncomment to roll back when this fires";
  const next = rule.items.find(({ key }) => isScalar(key) && key.value === "labels")?.key;
  if (isScalar(next)) next.commentBefore = joined(hint, next.commentBefore);
}

const UNITS: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/percent|_pct$/, "percent"],
  [/milliseconds|_ms$/, "milliseconds"],
  [/ratio/, "ratio"],
];

function unitOf(name: string): string {
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? "count";
}

function joined(...comments: readonly (string | null | undefined)[]): string | null {
  const written = comments.filter((comment) => typeof comment === "string" && comment !== "");
  return written.length === 0 ? null : written.join("\n");
}
