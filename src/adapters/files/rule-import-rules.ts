import { Pair, Scalar, type YAMLMap } from "yaml";
import { textOf } from "./rule-import-flat.ts";
import type { AlertNames } from "./rule-import-names.ts";
import {
  cleanDuration,
  cleanTexts,
  keep,
  type Note,
  suggestRollback,
  takeRollback,
  writeText,
} from "./rule-import-texts.ts";

/** A rule of Prometheus, and how to speak of it. */
interface Translated {
  /** Flat. */
  readonly rule: YAMLMap;
  /** Where it is named; from 1. */
  readonly line: number;
  readonly note: Note;
}

/** What a rule is called, be it an alert or a metric. */
export function nameIn(rule: YAMLMap): string | null {
  return textOf(rule.get(rule.has("alert") ? "alert" : "record", true));
}

/** Turns rules of one file into entries of a policy's `alerts` and `metrics`. */
export class RuleTranslator {
  readonly #names: AlertNames;
  readonly #records = new Set<string>();

  constructor(names: AlertNames) {
    this.#names = names;
  }

  /**
   * Changes the rule into the entry.
   * @returns which kind of entry; null when it is left out
   */
  translate(translated: Translated): "alert" | "metric" | null {
    const { rule, note } = translated;
    const kind = rule.has("alert") ? "alert" : "metric";
    const name = nameIn(rule);
    const expr = textOf(rule.get("expr", true));
    if (name === null || expr === null) {
      note(rule, "a rule without a name or an expression is left out");
      return null;
    }
    writeText(rule, "expr", expr);
    if (kind === "metric") return this.#isMetric(translated, name) ? kind : null;
    this.#alert(translated, name);
    return kind;
  }

  #alert({ rule, line, note }: Translated, name: string): void {
    const node = rule.get("alert", true);
    keep(rule, ["alert", "expr", "for", "keep_firing_for", "labels", "annotations"], note);
    for (const key of ["for", "keep_firing_for"]) cleanDuration(rule, key, note);
    const tier = takeRollback(rule, note);
    for (const section of ["labels", "annotations"] as const) cleanTexts(rule, section, note);
    const isCritical = textOf(rule.getIn(["labels", "severity"], true)) === "critical";
    const given = this.#names.give({ name, line, rollsBack: tier !== null || isCritical });
    if (given.note !== null) note(node, given.note);
    writeText(rule, "alert", given.name);
    if (tier !== null)
      rule.items.splice(beforeLabels(rule), 0, new Pair(new Scalar("rollback"), new Scalar(tier)));
    else if (isCritical) suggestRollback(rule);
  }

  #isMetric({ rule, note }: Translated, name: string): boolean {
    const node = rule.get("record", true);
    const why = this.#whyNot(name);
    if (why !== null) {
      note(node, `the metric "${name}" is left out: ${why}`);
      return false;
    }
    this.#records.add(name);
    if (rule.has("labels"))
      note(rule.get("labels", true), `the labels of the metric "${name}" are left out: write them into expr`);
    keep(rule, ["record", "expr"], note);
    const unit = new Scalar(unitOf(name));
    unit.comment = " guessed: percent, milliseconds, count or ratio";
    rule.add(new Pair(new Scalar("unit"), unit));
    return true;
  }

  #whyNot(name: string): string | null {
    if (!/^[A-Za-z_:][A-Za-z0-9_:]*$/.test(name)) return "a policy's metrics have letters, digits, _ and :";
    return this.#records.has(name) ? "it is recorded above already, and a policy records it once" : null;
  }
}

function beforeLabels(rule: YAMLMap): number {
  const index = rule.items.findIndex(({ key }) => ["labels", "annotations"].includes(textOf(key) ?? ""));
  return index === -1 ? rule.items.length : index;
}

const UNITS: readonly (readonly [pattern: RegExp, unit: string])[] = [
  [/percent|_pct$/, "percent"],
  [/milliseconds|_ms$/, "milliseconds"],
  [/ratio/, "ratio"],
];

function unitOf(name: string): string {
  return UNITS.find(([pattern]) => pattern.test(name))?.[1] ?? "count";
}
