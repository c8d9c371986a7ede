import { parser } from "@prometheus-io/lezer-promql";
import type { RawSelector } from "../../app/ports.ts";

/** A selector taken apart, so that it can be asked for together with others. */
export interface Parts {
  readonly name: string;
  /** What its equality matchers ask for, by label. */
  readonly equal: ReadonlyMap<string, string>;
  /** All other matchers as they stand there. */
  readonly others: readonly string[];
}

/** Null where it is no single selector with one fixed name. */
export function partsOf(selector: string): Parts | null {
  const top = parser.parse(selector).topNode;
  const node = top.getChild("VectorSelector");
  if (node === null || top.getChild("⚠") !== null || node.to - node.from !== selector.trim().length)
    return null;
  const text = ({ from, to }: { from: number; to: number }): string => selector.slice(from, to);
  const identifier = node.getChild("Identifier");
  let name = identifier === null ? null : text(identifier);
  const equal = new Map<string, string>();
  const others: string[] = [];
  const matchers = node.getChild("LabelMatchers");
  for (let each = matchers?.firstChild ?? null; each !== null; each = each.nextSibling) {
    if (each.type.isError) return null;
    const operator = each.getChild("MatchOp");
    if (each.name === "QuotedLabelName") name = plain(text(each)) ?? null;
    if (operator === null) continue;
    const label = each.getChild("LabelName") ?? each.getChild("QuotedLabelName");
    const literal = each.getChild("StringLiteral");
    if (label === null || literal === null) return null;
    const key = label.name === "LabelName" ? text(label) : plain(text(label));
    const value = plain(text(literal));
    if (key === undefined) return null;
    const isFixed = text(operator) === "=" && value !== undefined && !equal.has(key);
    if (isFixed && key === "__name__") name = value;
    else if (isFixed) equal.set(key, value);
    else others.push(text(each));
  }
  return name === null ? null : { name, equal, others };
}

/** What a literal stands for; undefined where it has escapes, which are left to the server. */
function plain(literal: string): string | undefined {
  const inner = literal.slice(1, -1);
  return inner.includes("\\") ? undefined : inner;
}

/** A selector for everything that any of some selectors with the same labels and the same other matchers asks for. */
export function mergedSelector(
  all: readonly { readonly parts: Parts; readonly asked: RawSelector }[],
): string {
  const [first] = all;
  const names = all.flatMap(({ parts, asked }) => namesOf(parts.name, asked));
  const labels = [...(first?.parts.equal.keys() ?? [])].map((label) =>
    matcher(
      label,
      all.map(({ parts }) => parts.equal.get(label) ?? ""),
    ),
  );
  const bounds = all.flatMap(({ asked: { buckets } }) => (buckets === "all" ? [] : (buckets ?? [])));
  const isBounded = first?.asked.buckets !== undefined && first.asked.buckets !== "all";
  // A native histogram has no `le`: the first alternative is the empty one.
  const le = isBounded ? [`le=~${quoted(["", "[+]?Inf", ...new Set(bounds.map(likeBound))].join("|"))}`] : [];
  return `{${[matcher("__name__", names), ...labels, ...le, ...(first?.parts.others ?? [])].join(",")}}`;
}

/** The series that hold it. */
export function namesOf(name: string, { buckets }: RawSelector): readonly string[] {
  return buckets === undefined ? [name] : [name, `${name}_bucket`];
}

/** A bound is written as whoever exposes it likes: 0.5, .50, 5e-01. */
function likeBound(bound: number): string {
  const [digits = "", exponent = ""] = bound.toExponential().split("e");
  const sign = exponent.startsWith("-") ? "-" : "[+]?";
  const scientific = `${likeDecimal(digits)}[eE]${sign}0*${exponent.slice(1)}`;
  const plain = bound.toString();
  return plain.includes("e") ? scientific : `${likeDecimal(plain)}|${scientific}`;
}

function likeDecimal(text: string): string {
  const [whole = "", fraction] = text.split(".");
  return `${whole === "0" ? "0*" : whole}${fraction === undefined ? "(?:[.]0*)?" : `[.]${fraction}0*`}`;
}

export function isBound(le: string, bound: number): boolean {
  const value = Number(le);
  return Math.abs(value - bound) <= Math.abs(bound) * 1e-9;
}

export function hasNoBound(le: string): boolean {
  return /^\+?Inf$/.test(le);
}

/** Matches any of some values. */
export function matcher(label: string, values: readonly string[]): string {
  const name = /^[A-Za-z_][A-Za-z0-9_]*$/.test(label) ? label : quoted(label);
  const [only, ...others] = new Set(values);
  if (only !== undefined && others.length === 0) return `${name}=${quoted(only)}`;
  return `${name}=~${quoted([...new Set(values)].map(literally).join("|"))}`;
}

function literally(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\$&");
}

/** JSON's escapes are Go's too. */
function quoted(text: string): string {
  return JSON.stringify(text);
}
