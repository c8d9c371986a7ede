import { parsePromql } from "../../adapters/promql/parse-promql.ts";
import type { Finding, Path } from "../../domain/lint/finding.ts";
import type { UnknownKey } from "../../domain/lint/keys.ts";
import type { AlertSubject, LintSubject, RecordSubject } from "../../domain/lint/subject.ts";
import { parseDuration } from "../../domain/time.ts";
import { didYouMean, nearest } from "../did-you-mean.ts";
import { valueAt } from "../policy-draft.ts";
import { UNWRITTEN } from "./policy-subject.ts";
import { itemsAt, type RawItem, textAt, textsAt } from "./raw-value.ts";

const FILE_KEYS = ["groups"];
const GROUP_KEYS = [
  "name",
  "interval",
  "query_offset",
  "limit",
  "labels",
  "rules",
  "partial_response_strategy",
];
const RULE_KEYS = ["record", "alert", "expr", "for", "keep_firing_for", "labels", "annotations"];

export interface RuleFile {
  readonly subject: LintSubject;
  readonly unknownKeys: readonly UnknownKey[];
  /** What the shape of the file tells already. */
  readonly findings: readonly Finding[];
}

/** What there is to check in a file of Prometheus rules. */
export function ruleFileSubject(raw: unknown): RuleFile {
  const groups = itemsAt(raw, ["groups"]);
  const rules = groups.flatMap((group) =>
    itemsAt(group.value, ["rules"]).map((rule) => ({ ...rule, path: [...group.path, ...rule.path], group })),
  );
  const unknownKeys = [
    ...unknownKeysIn({ value: recordOf(raw), path: [] }, FILE_KEYS),
    ...groups.flatMap((group) => unknownKeysIn(group, GROUP_KEYS)),
    ...rules.flatMap((rule) => unknownKeysIn(rule, RULE_KEYS)),
  ];
  const findings = [...groups.flatMap((group) => required(group, "name")), ...rules.flatMap(shapeOf)];
  if (!Array.isArray(valueAt(raw, ["groups"])))
    findings.push(shape(["groups"], "expected a list of groups", "begin each group with `- name:`"));
  return {
    subject: {
      kind: "rules",
      alerts: rules.flatMap(({ group, ...rule }) => alertOf(rule, group)),
      records: rules.flatMap(recordingRuleOf),
      // What a rule file leaves out is declared in another one, and nothing is expected of it.
      areRecordsComplete: true,
      queries: [],
      gates: [],
      judges: [],
      variants: [],
      verification: null,
      groups: groups.map(({ value, path }) => ({ name: textAt(value, ["name"]) ?? "", path })),
      scrapes: [],
      durations: [
        ...groups.flatMap((group) => durationsIn(group, ["interval", "query_offset"])),
        ...rules.flatMap((rule) => durationsIn(rule, ["for", "keep_firing_for"])),
      ],
      budget: null,
      panels: [],
      didYouMean,
    },
    findings,
    unknownKeys,
  };
}

function alertOf({ value, path }: RawItem, group: RawItem): AlertSubject[] {
  const name = textAt(value, ["alert"]);
  const expr = textAt(value, ["expr"]);
  if (name === undefined) return [];
  const labels = textsAt(value, ["labels"]);
  return [
    {
      name,
      path,
      expr: expr === undefined ? UNWRITTEN : parsePromql(expr),
      for: parseDuration(textAt(value, ["for"]) ?? "0") ?? null,
      labels,
      annotations: textsAt(value, ["annotations"]),
      limits: [],
      rollback: labels.get("rollback") || null,
      blind: labels.get("blind") === "true",
      // In a rule file only its expression says so.
      isFloored: false,
      evaluationInterval: parseDuration(textAt(group.value, ["interval"]) ?? "") ?? null,
    },
  ];
}

function recordingRuleOf({ value, path }: RawItem): RecordSubject[] {
  const name = textAt(value, ["record"]);
  const expr = textAt(value, ["expr"]);
  if (name === undefined) return [];
  return [
    {
      name,
      path,
      expr: expr === undefined ? UNWRITTEN : parsePromql(expr),
      mayBeAbsent: false,
    },
  ];
}

export function durationsIn(
  { value, path }: RawItem,
  keys: readonly string[],
): { path: Path; text: string }[] {
  return keys.flatMap((key) => {
    const text = textAt(value, [key]);
    return text === undefined ? [] : [{ path: [...path, key], text }];
  });
}

function unknownKeysIn({ value, path }: RawItem, known: readonly string[]): UnknownKey[] {
  return Object.keys(value)
    .filter((key) => !known.includes(key))
    .map((key) => ({ path: [...path, key], known, nearest: nearest(key, known) }));
}

function shapeOf(rule: RawItem): Finding[] {
  const { alert, record } = rule.value;
  const findings = required(rule, "expr");
  if ((alert === undefined) === (record === undefined))
    findings.push(shape(rule.path, "expected either alert or record", "name the rule by one of them"));
  return findings;
}

function required({ value, path }: RawItem, key: string): Finding[] {
  if (textAt(value, [key]) !== undefined) return [];
  return [shape(path, `"${key}" is required here`, "Prometheus refuses the file without it")];
}

function shape(path: Path, message: string, advice: string): Finding {
  return { check: "rules/shape", severity: "error", path, message, advice };
}

function recordOf(raw: unknown): Record<string, unknown> {
  return raw as Record<string, unknown>;
}
