import { isMap, isScalar, type Node, Scalar, type YAMLMap } from "yaml";
import { TIER_NAMES } from "../../domain/tier.ts";
import { parseDuration } from "../../domain/time.ts";
import { textOf } from "./rule-import-flat.ts";
import { joined } from "./rule-import-sites.ts";

/** The policy's own: the generator writes them. */
const RESERVED = ["alertname", "application"];

const LABEL_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** Tells of something that a policy has in other words, or not at all. */
export type Note = (node: unknown, message: string) => void;

/** Sets a text, and leaves it as it was written where it is one already. */
export function writeText(map: YAMLMap, key: string, text: string): void {
  map.set(key, asText(map.get(key, true), text));
}

/** Leaves out all other keys; labels without a word. */
export function keep(rule: YAMLMap, keys: readonly string[], note: Note): void {
  rule.items = rule.items.filter(({ key }) => {
    const name = textOf(key) ?? "";
    const isKept = keys.includes(name);
    if (!isKept && name !== "labels") note(key, `the key "${name}" is left out: a policy has no such key`);
    return isKept;
  });
}

export function cleanDuration(rule: YAMLMap, key: string, note: Note): void {
  if (!rule.has(key)) return;
  const node = rule.get(key, true);
  const text = textOf(node) ?? "";
  const duration = parseDuration(text);
  if (duration !== undefined && (duration > 0 || key === "for")) writeText(rule, key, text);
  else {
    if (duration === undefined) note(node, `${key} is left out: "${text}" is no duration`);
    rule.delete(key);
  }
}

/** The tier that the label `rollback` names; the label goes, since the generator writes it. */
export function takeRollback(rule: YAMLMap, note: Note): string | null {
  const labels = rule.get("labels", true);
  if (!isMap(labels) || !labels.has("rollback")) return null;
  const node = labels.get("rollback", true);
  const tier = textOf(node) ?? "";
  labels.delete("rollback");
  // The tier flag needs the names of flags, which no label holds.
  if (tier !== "flag" && TIER_NAMES.some((name) => name === tier)) return tier;
  note(node, `the label rollback is left out: "${tier}" is none of ${TIER_NAMES.slice(1).join(", ")}`);
  return null;
}

/** Labels or annotations: texts under names that Prometheus 2 takes too. */
export function cleanTexts(rule: YAMLMap, section: "labels" | "annotations", note: Note): void {
  const map = rule.get(section, true);
  if (!isMap(map)) {
    rule.delete(section);
    return;
  }
  map.items = map.items.filter((pair) => {
    const name = textOf(pair.key) ?? "";
    const text = textOf(pair.value);
    const reason = whyNot(section, name, text);
    if (reason !== null || text === null) {
      note(pair.key, `the ${section.slice(0, -1)} ${reason}`);
      return false;
    }
    pair.value = asText(pair.value, text);
    if (section === "labels" && text.includes("{{"))
      note(pair.key, `the label ${name} holds a template: with the value in it, \`for\` would never end`);
    return true;
  });
  if (map.items.length === 0) rule.delete(section);
}

function whyNot(section: "labels" | "annotations", name: string, text: string | null): string | null {
  if (section === "labels" && RESERVED.includes(name)) return `${name} is left out`;
  if (!LABEL_NAME.test(name)) return `"${name}" is left out: no ${section.slice(0, -1)} name`;
  return text === null ? `${name} is left out: it is empty, or no text` : null;
}

/** Stays in its place, for its comments. */
function asText(node: unknown, text: string): Scalar {
  if (isScalar(node) && node.value === text) return node;
  const scalar = new Scalar(text);
  if (isScalar(node)) scalar.range = node.range ?? null;
  return scalar;
}

/** Right above the labels, where a policy's `rollback` stands as a rule; but not above a rule's first key. */
export function suggestRollback(rule: YAMLMap): void {
  const hint =
    " rollback: stage  # or flag, phase, safe-state, emergency: uncomment to roll back when this fires";
  const others = rule.items.slice(1).map(({ key }) => key as Node);
  const next = others.find((key) => textOf(key) === "labels") ?? others[0];
  if (next !== undefined) next.commentBefore = joined(hint, next.commentBefore);
}
