import { parseYaml, type YamlDocument } from "../../adapters/files/yaml-document.ts";
import type { Finding } from "../../domain/lint/finding.ts";
import type { KeysSubject } from "../../domain/lint/keys.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";
import type { Policy } from "../../domain/policy.ts";
import { toPolicy } from "../policy-convert.ts";
import { isRecord } from "../policy-draft.ts";
import type { LintProblem } from "./lint-problem.ts";
import type { PolicyCertainty } from "./policy-certainty.ts";
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
  readonly keys: KeysSubject;
  /** Null when it is no policy, or one with mistakes. */
  readonly policy: Policy | null;
  /** Null when it is no policy. */
  readonly certainty: PolicyCertainty | null;
  readonly problems: readonly LintProblem[];
  readonly findings: readonly Finding[];
}

const TEMPLATE = /\{\{-?\s*(\.|if|range|with|include|end|define|template|toYaml|%)|\{%/;

export function readDocument(text: string, file: string): LintDocument {
  const yaml = parseYaml(text);
  const duplicateKeys = yaml.problems.flatMap(({ duplicate }) => duplicate ?? []);
  const advice = adviceOn(text);
  const problems = yaml.problems
    .filter(({ duplicate }) => duplicate === undefined)
    .map((problem): LintProblem => {
      const { line, column, message } = problem;
      const place = { file, line, column, endLine: line, endColumn: column + 1 };
      return { ...place, severity: "error", check: "yaml/syntax", message, advice };
    });
  const { value } = yaml;
  const kind = kindOf(value);
  const keys = { kind, duplicateKeys, unknownKeys: [] };
  const document = { file, text, yaml, kind, keys, problems, findings: [] };
  const unread = { ...document, subject: null, policy: null, certainty: null };
  if (value === undefined || kind === "alertmanager") return unread;
  if (value === null && yaml.problems.length === 0) return { ...unread, problems: [emptyFile(file)] };
  if (kind === "prometheus") return { ...unread, subject: prometheusSubject(withMerges(value)) };
  if (kind === "rules") {
    const { unknownKeys, ...read } = ruleFileSubject(withMerges(value));
    return { ...unread, ...read, keys: { ...keys, unknownKeys } };
  }
  const { policy, draft, findings, unknownKeys } = policyFindings(value);
  const certainty = {
    policy: draft === null ? null : toPolicy(draft),
    mistakes: [...findings, ...unknownKeys, ...duplicateKeys].map(({ path }) => path),
    duplicates: duplicateKeys.map(({ path }) => path),
  };
  return {
    ...document,
    keys: { ...keys, unknownKeys },
    findings,
    policy: yaml.problems.length === 0 ? policy : null,
    certainty,
    subject: policySubject(value, certainty),
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

function adviceOn(text: string): string {
  return TEMPLATE.test(text)
    ? "this looks like a template: render it first, and lint the result"
    : "mend the YAML; what follows may be judged only then";
}

function emptyFile(file: string): LintProblem {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const advice = "write a policy, or name another file";
  return { ...place, check: "file/unreadable", severity: "error", message: "is empty", advice };
}
