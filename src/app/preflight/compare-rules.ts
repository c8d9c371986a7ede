import { isAlerting, type Rule, type RuleFile, type RuleGroup } from "../../domain/generate/rule-file.ts";
import { formatDuration, parseDuration } from "../../domain/time.ts";
import type { LoadedRule, LoadedRuleGroup } from "../ports.ts";

/** How the rules of an application that Prometheus has loaded differ from those generated from its policy. */
export interface RuleDifferences {
  /** In words, one for each rule and group; none when all is as generated. */
  readonly differences: readonly string[];
  /** Rules of which it cannot be told. */
  readonly undecided: readonly string[];
}

/** Whether two expressions mean the same; null: it cannot be told. */
export type SameExpression = (generated: string, loaded: string) => boolean | null;

interface Pair {
  readonly generated: Rule;
  readonly loaded: LoadedRule;
}

interface Paired {
  readonly pairs: readonly Pair[];
  readonly missing: readonly Rule[];
  readonly extra: readonly LoadedRule[];
}

export function compareRules(
  file: RuleFile,
  loaded: readonly LoadedRuleGroup[],
  isSame: SameExpression,
): RuleDifferences {
  const { pairs, missing, extra } = pairsOf(file, loaded);
  const compared = pairs.map((pair) => ({ ...pair, same: isSame(pair.generated.expr, pair.loaded.expr) }));
  return {
    differences: [
      ...missing.map((rule) => `${titleOf(rule)} is missing`),
      ...extra.map(({ kind, name }) => `${kind} ${name} is loaded, but is not generated`),
      ...compared.flatMap(({ generated, loaded: rule, same }) => {
        const parts = [
          ...(same === false ? [`its expression is ${shown(rule.expr)}`] : []),
          ...differencesIn(generated, rule),
        ];
        return parts.length === 0 ? [] : [`${titleOf(generated)} is different: ${parts.join(", ")}`];
      }),
      ...file.groups.flatMap((group) => intervalOf(group, loaded)),
    ],
    undecided: compared.filter(({ same }) => same === null).map(({ generated }) => titleOf(generated)),
  };
}

/** The rules that are there on both sides: their expressions are to be compared. */
export function pairsOf(file: RuleFile, loaded: readonly LoadedRuleGroup[]): Paired {
  const pairs: Pair[] = [];
  const missing: Rule[] = [];
  const extra: LoadedRule[] = [];
  for (const { name, rules } of file.groups) {
    const left = loaded.filter((group) => group.name === name).flatMap((group) => group.rules);
    for (const generated of rules) {
      const index = left.findIndex(
        (rule) => rule.kind === kindOf(generated) && rule.name === nameOf(generated),
      );
      const [found] = index === -1 ? [] : left.splice(index, 1);
      if (found === undefined) missing.push(generated);
      else pairs.push({ generated, loaded: found });
    }
    extra.push(...left);
  }
  return { pairs, missing, extra };
}

function differencesIn(generated: Rule, loaded: LoadedRule): string[] {
  const wait = isAlerting(generated) ? (parseDuration(generated.for ?? "0s") ?? 0) : 0;
  const labels = new Set([...Object.keys(generated.labels), ...Object.keys(loaded.labels)]);
  return [
    ...(wait === loaded.for ? [] : [`\`for\` is ${formatDuration(loaded.for)}, not ${formatDuration(wait)}`]),
    ...[...labels].flatMap((label) => {
      // An empty label is none.
      const want = textOf(generated.labels, label);
      const have = textOf(loaded.labels, label);
      return want === have ? [] : [`label ${label} is ${JSON.stringify(have)}, not ${JSON.stringify(want)}`];
    }),
  ];
}

function intervalOf({ name, interval }: RuleGroup, loaded: readonly LoadedRuleGroup[]): string[] {
  return loaded
    .filter((group) => group.name === name && group.interval !== parseDuration(interval))
    .map((group) => `group ${name} is evaluated every ${formatDuration(group.interval)}, not ${interval}`);
}

function textOf(labels: Readonly<Record<string, string>>, name: string): string {
  return Object.hasOwn(labels, name) ? String(labels[name]) : "";
}

function titleOf(rule: Rule): string {
  return `${kindOf(rule)} ${nameOf(rule)}`;
}

function kindOf(rule: Rule): LoadedRule["kind"] {
  return isAlerting(rule) ? "alert" : "record";
}

function nameOf(rule: Rule): string {
  return isAlerting(rule) ? rule.alert : rule.record;
}

function shown(expr: string): string {
  const line = expr.replaceAll(/\s+/g, " ");
  return line.length > 120 ? `${line.slice(0, 120)}…` : line;
}
