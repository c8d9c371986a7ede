import { basename } from "node:path";
import { filesAt, MAX_YAML_BYTES, readTextFile } from "../../adapters/files/text-file.ts";
import { DEFAULT_TARGET, type Version } from "../../domain/generate/versions.ts";
import {
  type AlertmanagerSubject,
  type RoutedAlert,
  routesOf,
  triggersOf,
} from "../../domain/lint/alertmanager.ts";
import { KEY_CHECKS, ROUTING_CHECKS, RULE_CHECKS } from "../../domain/lint/checks.ts";
import { runChecks } from "../../domain/lint/finding.ts";
import type { LintSubject } from "../../domain/lint/subject.ts";
import { ClaimedNames } from "../claimed-names.ts";
import { alertmanagerSubject, routedAlert } from "./alertmanager-subject.ts";
import { fileProblem, problemsOf } from "./document-problems.ts";
import { generatedRouting } from "./generated-routing.ts";
import { type LintDocument, readDocument } from "./lint-document.ts";
import type { LintProblem } from "./lint-problem.ts";
import { promtoolFindings } from "./promtool-findings.ts";
import { textAt, withMerges } from "./raw-value.ts";

export interface LintOptions {
  readonly paths: readonly string[];
  /** Whether to ask promtool too, where it is installed. */
  readonly promtool: boolean;
  /** The Alertmanager that runs; default: the newest that is known. */
  readonly alertmanager?: Version;
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
export async function lintFiles({ paths, promtool, alertmanager }: LintOptions): Promise<LintResult> {
  const problems: LintProblem[] = [];
  const documents: LintDocument[] = [];
  for (const file of new Set(paths.flatMap((path) => filesOf(path, problems)))) {
    const read = readTextFile(file, MAX_YAML_BYTES);
    if (read.text === null) problems.push(fileProblem(file, read.failure, read.advice ?? undefined));
    else documents.push(readDocument(read.text, file));
  }
  problems.push(...sharedNames(documents));

  const routing = routingOf(documents, alertmanager ?? DEFAULT_TARGET.alertmanager);
  const groupWait = Math.max(0, ...[...routing.values()].map(groupWaitOf));
  const checked = documents.map((document) => {
    const subject = withGroupWait(document.subject, groupWait);
    const routes = routing.get(document.file);
    const findings = [
      ...document.findings,
      ...runChecks(KEY_CHECKS, document.keys),
      ...runChecks(RULE_CHECKS, subject),
      ...(routes === undefined ? [] : runChecks(ROUTING_CHECKS, routes)),
      ...(document.certainty === null ? [] : generatedRouting(document.certainty, subject)),
    ];
    return { document, subject, findings };
  });
  const told = promtool ? await promtoolFindings(checked) : [];
  for (const [index, { document, findings }] of checked.entries())
    problems.push(...problemsOf(document, [...findings, ...(told[index] ?? [])]));
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

function sharedNames(documents: readonly LintDocument[]): LintProblem[] {
  const names = new ClaimedNames();
  return documents.flatMap((document) => {
    const { file, yaml } = document;
    const application = applicationOf(document);
    if (application === undefined) return [];
    const clash = names.claim({ file, application, job: textAt(yaml.value, ["application", "job"]) });
    if (clash === null) return [];
    const { path, message } = clash;
    const { start, end } = yaml.spanOf(path, "value");
    const place = { file, ...start, endLine: end.line, endColumn: end.column };
    const advice = `give each policy ${path[1] === "name" ? "an application" : "a job"} of its own`;
    return [{ ...place, check: "policy/application", severity: "error", message, advice }];
  });
}

/** A policy's; undefined for other files. */
function applicationOf({ kind, yaml }: LintDocument): string | undefined {
  return kind === "policy" ? textAt(yaml.value, ["application", "name"]) : undefined;
}

/** The Alertmanager configurations among the files, each with the alerts of all other files. */
function routingOf(documents: readonly LintDocument[], version: Version): Map<string, AlertmanagerSubject> {
  const configurations = documents.filter(
    ({ kind, yaml }) => kind === "alertmanager" && yaml.value !== undefined,
  );
  if (configurations.length === 0) return new Map();
  const alerts = documents.flatMap((document): RoutedAlert[] => {
    // A policy's alerts get their labels from the generator, whatever else is wrong with it.
    const application = document.kind === "policy" ? (applicationOf(document) ?? "application") : null;
    return (document.subject?.alerts ?? []).map((alert) => routedAlert(alert, application));
  });
  return new Map(
    configurations.map(({ file, yaml }) => [
      file,
      alertmanagerSubject(withMerges(yaml.value), alerts, version),
    ]),
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
  areRecordsComplete: true,
  queries: [],
  gates: [],
  judges: [],
  variants: [],
  verification: null,
  groups: [],
  scrapes: [],
  durations: [],
  budget: null,
  panels: [],
  didYouMean: () => "",
};
