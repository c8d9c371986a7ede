import { parseArgs } from "node:util";
import { importRules } from "../adapters/files/rule-import.ts";
import { MAX_YAML_BYTES, readTextFile } from "../adapters/files/text-file.ts";
import { readDocument } from "../config/lint/lint-document.ts";
import { formatProblem, type Problem } from "../config/problem.ts";
import type { Command } from "./command.ts";
import { Failure, lines, UsageError } from "./io.ts";

const help = lines(
  "usage: rollguard import RULES.yml",
  "",
  "Turns a file of Prometheus rules into the sections metrics and alerts of a policy, comments and all, on standard",
  "output; what a policy has no word for is told on standard error. Which alerts roll back stays your decision:",
  "those of the severity critical get the line as a comment.",
  "",
  "exit codes: 0 done, 1 the file cannot be read, 2 called wrongly",
);

/** One broken thing in a file of rules is enough to keep it from being imported. */
const MAX_PROBLEMS = 20;

export const importCommand: Command = {
  help,
  async run(argv, io) {
    const { positionals } = parseArgs({ args: [...argv], options: {}, allowPositionals: true });
    const [file, ...extra] = positionals;
    if (file === undefined || extra.length > 0) throw new UsageError("expected one file of Prometheus rules");
    const text = rulesIn(file);
    const { yaml, alerts, metrics, notes } = importRules(text);
    if (alerts + metrics === 0) throw new Failure(`${file} has no rules that a policy can have`);
    io.stdout(yaml);
    for (const { line, message } of notes) io.stderr(lines(`${file}:${line}: ${message}`));
    io.stderr(
      lines(`alerts: ${alerts}, metrics: ${metrics}; rollguard lint checks the policy that you put them in`),
    );
    return 0;
  },
};

/** The text of a file that can be imported. */
function rulesIn(file: string): string {
  const { text, failure, advice } = readTextFile(file, MAX_YAML_BYTES);
  if (text === null) throw new Failure([`${file} ${failure}`, advice ?? []].flat().join("; "));
  const { kind, problems, yaml, subject } = readDocument(text, file);
  if (problems.length > 0) throw new Failure(told(problems));
  if (yaml.problems.length > 0)
    throw new Failure(
      told(yaml.problems.map((problem) => ({ ...problem, file, advice: "keep one of them" }))),
    );
  if (kind !== "rules") throw new Failure(`${file} is no file of Prometheus rules: it has no groups`);
  if (subject === null || subject.alerts.length + subject.records.length === 0)
    throw new Failure(`${file} has no rules`);
  return text;
}

function told(problems: readonly (Problem & { readonly advice: string })[]): string {
  const first = problems.slice(0, MAX_PROBLEMS).map((each) => `${formatProblem(each)}; ${each.advice}`);
  const others = problems.length - first.length;
  return [...first, ...(others === 0 ? [] : [`and ${others} more`])].join("\n");
}
