import { basename } from "node:path";
import { filesAt, readTextFile } from "../../adapters/files/text-file.ts";
import {
  type AlertmanagerSubject,
  type RoutedAlert,
  routesOf,
  triggersOf,
} from "../../domain/lint/alertmanager.ts";
import { ROUTING_CHECKS, RULE_CHECKS } from "../../domain/lint/checks.ts";
import { type Finding, runChecks } from "../../domain/lint/finding.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";
import { formatProblem, sortProblems } from "../problem.ts";
import { alertmanagerSubject, routedAlert } from "./alertmanager-subject.ts";
import { withoutAllowed } from "./allowances.ts";
import { CHECK_NAMES } from "./check-names.ts";
import { generatedRouting } from "./generated-routing.ts";
import { type LintDocument, readDocument } from "./lint-document.ts";
import type { LintProblem } from "./lint-problem.ts";
import { promtoolFindings } from "./promtool-findings.ts";
import { withMerges } from "./raw-value.ts";

/** Far beyond any policy; reading more would take long, and much memory. */
const MAX_BYTES = 10_000_000;

/** More would not be read, and each takes a search for its place. */
const MAX_PROBLEMS = 1_000;

export interface LintOptions {
  readonly paths: readonly string[];
  /** Whether to ask promtool too, where it is installed. */
  readonly promtool: boolean;
}

export interface LintResult {
  /** How many files were read. */
  readonly files: number;
  /** The applications of the policies that a server would load. */
  readonly policies: readonly string[];
  readonly problems: readonly LintProblem[];
  /** The text of every file that was read: reports show its lines. */
  readonly texts: ReadonlyMap<string, string>;
}

/** Checks policies, Prometheus rules, scrape and Alertmanager configurations, each known by its content. */
export async function lintFiles({ paths, promtool }: LintOptions): Promise<LintResult> {
  const problems: LintProblem[] = [];
  const documents: LintDocument[] = [];
  for (const file of new Set(paths.flatMap((path) => filesOf(path, problems)))) {
    const { text, failure } = readTextFile(file, MAX_BYTES);
    if (text === null) problems.push(fileProblem(file, failure));
    else documents.push(readDocument(text, file));
  }
  problems.push(...sharedApplications(documents));

  const routing = routingOf(documents);
  const groupWait = Math.max(0, ...[...routing.values()].map(groupWaitOf));
  const subjects = documents.map(({ subject }) => withGroupWait(subject, groupWait));
  const told = promtool ? await promtoolFindings(subjects) : [];
  for (const [index, document] of documents.entries()) {
    const subject = subjects[index];
    const routes = routing.get(document.file);
    const findings = [
      ...document.findings,
      ...(subject === undefined ? [] : runChecks(RULE_CHECKS, subject)),
      ...(routes === undefined ? [] : runChecks(ROUTING_CHECKS, routes)),
      ...(document.policy === null ? [] : generatedRouting(document.policy, document.subject)),
      ...(told[index] ?? []),
    ];
    problems.push(...problemsOf(document, findings));
  }
  return {
    files: documents.length,
    policies: documents.flatMap(({ policy }) => (policy === null ? [] : [policy.application.name])),
    problems,
    texts: new Map(documents.map(({ file, text }) => [file, text])),
  };
}

/** The file itself; of a directory, its policies and rules. */
function filesOf(path: string, problems: LintProblem[]): string[] {
  const { files, isDirectory, failure } = filesAt(path);
  if (failure !== null) problems.push(fileProblem(path, failure));
  const chosen = isDirectory ? files.filter(isYaml) : files;
  if (isDirectory && chosen.length === 0)
    problems.push(fileProblem(path, "has nothing to check: no *.yaml or *.yml file is in it"));
  return [...chosen];
}

function isYaml(path: string): boolean {
  const name = basename(path);
  return /\.ya?ml$/.test(name) && !name.endsWith(".rules.test.yml") && !name.startsWith(".");
}

function fileProblem(file: string, message: string): LintProblem {
  const place = { file, line: 1, column: 1, endLine: 1, endColumn: 1 };
  const advice = "name a policy, a file of Prometheus rules or an Alertmanager configuration";
  return { ...place, check: "file/unreadable", severity: "error", message, advice };
}

function sharedApplications(documents: readonly LintDocument[]): LintProblem[] {
  const first = new Map<string, string>();
  return documents.flatMap(({ policy, file, yaml }) => {
    if (policy === null) return [];
    const { name } = policy.application;
    const other = first.get(name);
    if (other === undefined) {
      first.set(name, file);
      return [];
    }
    const { start, end } = yaml.spanOf(["application", "name"], "value");
    const place = { file, ...start, endLine: end.line, endColumn: end.column };
    const message = `"${name}" is the application of ${other} too`;
    const advice = "give each policy an application of its own";
    return [{ ...place, check: "policy/application", severity: "error", message, advice }];
  });
}

/** The Alertmanager configurations among the files, each with the alerts of all other files. */
function routingOf(documents: readonly LintDocument[]): Map<string, AlertmanagerSubject> {
  const configurations = documents.filter(
    ({ kind, yaml }) => kind === "alertmanager" && yaml.value !== undefined,
  );
  if (configurations.length === 0) return new Map();
  const alerts = documents.flatMap(({ subject, policy }): RoutedAlert[] =>
    (subject?.alerts ?? []).map((alert) => routedAlert(alert, policy?.application.name ?? null)),
  );
  return new Map(
    configurations.map(({ file, yaml }) => [file, alertmanagerSubject(withMerges(yaml.value), alerts)]),
  );
}

/** The longest that a trigger waits for its route to the responder. */
function groupWaitOf(routing: AlertmanagerSubject): number {
  const responders = new Set(routing.receivers.filter((each) => each.rollsBack).map(({ name }) => name));
  const waits = triggersOf(routing)
    .flatMap(({ labels }) => routesOf(routing.route, labels))
    .filter(({ receiver }) => responders.has(receiver))
    .map(({ groupWait }) => groupWait);
  return waits.reduce((longest, wait) => Math.max(longest, wait), 0);
}

function withGroupWait(subject: LintSubject | null, groupWait: number): LintSubject {
  return subject?.budget ? { ...subject, budget: { ...subject.budget, groupWait } } : (subject ?? NOTHING);
}

const NOTHING: LintSubject = {
  kind: "rules",
  alerts: [],
  records: [],
  queries: [],
  gates: [],
  groups: [],
  scrapes: [],
  durations: [],
  budget: null,
  panels: [],
  didYouMean: () => "",
};

function problemsOf(
  { file, text, yaml, problems }: LintDocument,
  findings: readonly Finding[],
): LintProblem[] {
  const seen = new Set<string>();
  const located = [...problems, ...findings.slice(0, MAX_PROBLEMS).map((each) => placed(each, file, yaml))];
  // The loader and a check of its own may see the same mistake.
  const distinct = located.filter((problem) => {
    const id = `${formatProblem(problem)} ${problem.check}`;
    return !seen.has(id) && seen.add(id);
  });
  const kept = withoutAllowed(distinct, text, yaml, file, CHECK_NAMES);
  const sorted = sortProblems(kept) as LintProblem[];
  if (problems.length + findings.length <= MAX_PROBLEMS) return sorted;
  return [
    ...sorted.slice(0, MAX_PROBLEMS),
    fileProblem(file, `has more problems: these are ${MAX_PROBLEMS} of them`),
  ];
}

function placed(finding: Finding, file: string, yaml: LintDocument["yaml"]): LintProblem {
  const { check, severity, path, part = "value", span, message, advice } = finding;
  const { start, end } = yaml.spanOf(path, part, span);
  const place = { file, ...start, endLine: end.line, endColumn: end.column };
  return { ...place, check, severity, message, advice };
}
