import { MAX_YAML_BYTES, readTextFile } from "../adapters/files/text-file.ts";
import { parseYaml } from "../adapters/files/yaml-document.ts";
import type { RuleReference } from "../adapters/upstream-tools/tool-messages.ts";
import type { Problem } from "../config/problem.ts";
import type { PolicyPath } from "../domain/generate/policy-path.ts";
import type { GeneratedRules } from "../domain/generate/rule-file.ts";
import type { Policy } from "../domain/policy.ts";
import type { ReadPolicy } from "./policy-sources.ts";

/** Where the policy says what a generated rule says. */
export function placeOfRule(
  source: ReadPolicy,
  rules: GeneratedRules,
  rule: RuleReference | null,
  message: string,
): Problem {
  const [origin, part] = originOf(rules, rule);
  return problemAt(source, [...origin, ...part], message);
}

function originOf(
  { file, origins }: GeneratedRules,
  rule: RuleReference | null,
): readonly [origin: PolicyPath, part: PolicyPath] {
  for (const [group, { name, rules }] of file.groups.entries()) {
    for (const [index, candidate] of rules.entries()) {
      const isMeant =
        rule?.by === "number"
          ? rule.group === name && rule.index === index
          : "alert" in candidate && candidate.alert === rule?.alert;
      const origin = origins[group]?.[index];
      if (isMeant && origin !== undefined)
        return [origin, rule?.by === "number" && isEntry(origin) ? rule.part : []];
    }
  }
  return [["alerts"], []];
}

/** Of the policy's `alerts` and `metrics`; the other rules have no parts there. */
function isEntry([section]: PolicyPath): boolean {
  return section === "alerts" || section === "metrics";
}

/** Where a policy says what a tool complains of: the value that it quotes, or else the whole section. */
export function placeOfConfig(
  sources: readonly ReadPolicy[],
  server: "prometheus" | "alertmanager",
  message: string,
): Problem {
  for (const source of sources) {
    const values = server === "prometheus" ? scrapeValues(source.policy) : notificationValues(source.policy);
    const found = values.find(([, value]) => message.includes(value));
    if (found !== undefined) return problemAt(source, found[0], message);
  }
  const [first] = sources;
  const section = server === "prometheus" ? "scrape" : "notifications";
  if (first === undefined) throw new Error("nothing is generated without a policy");
  return problemAt(first, [section], message);
}

type Value = readonly [path: PolicyPath, value: string];

function scrapeValues({ scrape }: Policy): Value[] {
  return scrape.targets.flatMap(({ address, metricsPath, job }, index): Value[] => [
    [["scrape", "targets", index, "address"], address],
    [["scrape", "targets", index, "metricsPath"], metricsPath],
    [["scrape", "targets", index, "job"], `"${job}"`],
  ]);
}

function notificationValues({ notifications, scrape }: Policy): Value[] {
  return [
    ...notifications.email.to.map((to, index): Value => [["notifications", "email", "to", index], to]),
    [["notifications", "slack", "channel"], notifications.slack.channel],
    [["notifications", "pagerduty", "service"], `"${notifications.pagerduty.service}"`],
    ...scrapeValues({ scrape } as Policy).filter(([path]) => path.at(-1) === "address"),
  ];
}

function problemAt({ path }: ReadPolicy, place: PolicyPath, message: string): Problem {
  const { text } = readTextFile(path, MAX_YAML_BYTES);
  return { file: path, ...parseYaml(text ?? "").positionOf(place, "value"), message };
}
