import { parseYaml, type YamlDocument } from "../../adapters/files/yaml-document.ts";
import type { Finding } from "../../domain/lint/finding.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";
import type { Policy } from "../../domain/policy.ts";
import { isRecord } from "../policy-draft.ts";
import type { LintProblem } from "./lint-problem.ts";
import { policyFindings } from "./policy-findings.ts";
import { policySubject } from "./policy-subject.ts";
import { prometheusSubject } from "./prometheus-subject.ts";
import { withMerges } from "./raw-value.ts";
import { ruleFileSubject } from "./rule-file-subject.ts";

export type DocumentKind = "policy" | "rules" | "alertmanager" | "prometheus";

/** A file that has been read, with what its shape tells already. */
export interface LintDocument {
  readonly file: string;
  readonly text: string;
  readonly kind: DocumentKind;
  readonly yaml: YamlDocument;
  readonly subject: LintSubject | null;
  /** Null when it is no policy, or one with mistakes. */
  readonly policy: Policy | null;
  readonly problems: readonly LintProblem[];
  readonly findings: readonly Finding[];
}

const TEMPLATE = /\{\{-?\s*(\.|if|range|with|include|end|define|template|toYaml|%)|\{%/;

export function readDocument(text: string, file: string): LintDocument {
  const yaml = parseYaml(text);
  const broken = yaml.problems.map(({ line, column, message }): LintProblem => {
    const duplicate = /^duplicate key "(.*)"$/s.exec(message)?.[1];
    const isDuplicate = duplicate !== undefined;
    return {
      file,
      line,
      column,
      endLine: line,
      endColumn: column + (duplicate?.length ?? 1),
      severity: "error",
      check: isDuplicate ? "yaml/duplicate-key" : "yaml/syntax",
      message,
      advice: adviceOn(isDuplicate, text),
    };
  });
  const kind = kindOf(yaml.value);
  const unread = { file, text, yaml, kind, subject: null, policy: null, findings: [] };
  if (yaml.value === undefined) return { ...unread, problems: broken };
  if (yaml.value === null && broken.length === 0) return { ...unread, problems: [emptyFile(file)] };
  if (kind === "alertmanager") return { ...unread, problems: broken };
  if (kind === "prometheus")
    return { ...unread, problems: broken, subject: prometheusSubject(withMerges(yaml.value)) };
  if (kind === "rules") return { ...unread, problems: broken, ...ruleFileSubject(withMerges(yaml.value)) };
  const { policy, findings } = policyFindings(yaml.value);
  const usable = broken.length === 0 ? policy : null;
  return {
    ...unread,
    problems: broken,
    findings,
    policy: usable,
    subject: policySubject(yaml.value, usable, 0),
  };
}

/** By what is in it: names and places of files differ from team to team. */
function kindOf(value: unknown): DocumentKind {
  if (!isRecord(value) || "application" in value || "flags" in value) return "policy";
  if ("groups" in value) return "rules";
  if ("scrape_configs" in value || "rule_files" in value) return "prometheus";
  if ("route" in value || "receivers" in value) return "alertmanager";
  return "policy";
}

function adviceOn(isDuplicate: boolean, text: string): string {
  if (isDuplicate) return "keep one of them: YAML readers differ in which one they take";
  return TEMPLATE.test(text)
    ? "this looks like a template: render it first, and lint the result"
    : "mend the YAML; what follows may be judged only then";
}

function emptyFile(file: string): LintProblem {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const advice = "write a policy, or name another file";
  return { ...place, check: "file/unreadable", severity: "error", message: "is empty", advice };
}
