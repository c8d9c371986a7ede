import { isMap, isScalar, Scalar, type YAMLMap } from "yaml";
import { TIER_NAMES } from "../../domain/tier.ts";

/** The policy's own: the generator writes them. */
const RESERVED = ["alertname", "application"];

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Brings names and texts of a rule into the shape that a policy wants, and tells what it changed. */
export class RuleTexts {
  readonly #note: (node: unknown, message: string) => void;

  constructor(note: (node: unknown, message: string) => void) {
    this.#note = note;
  }

  /** Prometheus reads every scalar as text. */
  textOf(node: unknown): string | null {
    if (!isScalar(node) || node.value === null) return null;
    return typeof node.value === "string" ? node.value : (node.source ?? String(node.value));
  }

  /** Sets a text, and leaves it as it was written where it is one already. */
  write(map: YAMLMap, key: string, text: string): void {
    const node = map.get(key, true);
    if (isScalar(node) && node.value === text) return;
    const scalar = new Scalar(text);
    if (isScalar(node)) scalar.comment = node.comment ?? null;
    map.set(key, scalar);
  }

  nameOf(name: string, node: unknown): string {
    const changed = name.trim().replaceAll(/[^A-Za-z0-9._-]+/g, "_") || "Unnamed";
    if (changed !== name)
      this.#note(node, `the alert "${name}" is called ${changed} now: its name is used in URLs`);
    return changed;
  }

  /** The tier that the label `rollback` names; the label goes, since the generator writes it. */
  takeRollback(rule: YAMLMap): string | null {
    const labels = rule.get("labels", true);
    if (!isMap(labels) || !labels.has("rollback")) return null;
    const node = labels.get("rollback", true);
    const tier = this.textOf(node) ?? "";
    labels.delete("rollback");
    // The tier flag needs the names of flags, which no label holds.
    if (tier !== "flag" && TIER_NAMES.some((name) => name === tier)) return tier;
    this.#note(
      node,
      `the label rollback is left out: "${tier}" is none of ${TIER_NAMES.slice(1).join(", ")}`,
    );
    return null;
  }

  /** Labels or annotations: texts under names that Prometheus 2 takes too. */
  cleanMap(rule: YAMLMap, section: string): void {
    const map = rule.get(section, true);
    if (!isMap(map)) {
      rule.delete(section);
      return;
    }
    for (const { key, value } of [...map.items]) {
      const name = this.textOf(key) ?? "";
      const text = this.textOf(value);
      const kind = section.slice(0, -1);
      if (section === "labels" && RESERVED.includes(name))
        this.#drop(map, key, `the label ${name} is left out`);
      else if (!LABEL_NAME.test(name))
        this.#drop(map, key, `the ${kind} "${name}" is left out: no ${kind} name`);
      else if (text === null)
        this.#drop(map, key, `the ${kind} ${name} is left out: it is empty, or no text`);
      else {
        this.write(map, name, text);
        if (section === "labels" && text.includes("{{"))
          this.#note(
            key,
            `the label ${name} holds a template: with the value in it, \`for\` would never end`,
          );
      }
    }
    if (map.items.length === 0) rule.delete(section);
  }

  #drop(map: YAMLMap, key: unknown, message: string): void {
    this.#note(key, message);
    map.delete(key);
  }
}
