import { parseArgs } from "node:util";
import { importRules } from "../adapters/files/rule-import.ts";
import { readTextFile } from "../adapters/files/text-file.ts";
import { readDocument } from "../config/lint/lint-document.ts";
import { formatProblem } from "../config/problem.ts";
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

/** Far beyond any file of rules. */
const MAX_BYTES = 10_000_000;

export const importCommand: Command = {
  help,
  async run(argv, io) {
    const { positionals } = parseArgs({ args: [...argv], options: {}, allowPositionals: true });
    const [file, ...extra] = positionals;
    if (file === undefined || extra.length > 0) throw new UsageError("expected one file of Prometheus rules");
    const { text, failure } = readTextFile(file, MAX_BYTES);
    if (text === null) throw new Failure(`${file} ${failure}`);
    const { kind, problems } = readDocument(text, file);
    if (problems.length > 0)
      throw new Failure(problems.map((problem) => `${formatProblem(problem)}; ${problem.advice}`).join("\n"));
    if (kind !== "rules") throw new Failure(`${file} is no file of Prometheus rules: it has no groups`);

    const { yaml, alerts, metrics, notes } = importRules(text);
    if (alerts + metrics === 0) throw new Failure(`${file} has no rules`);
    io.stdout(yaml);
    for (const { line, message } of notes) io.stderr(lines(`${file}:${line}: ${message}`));
    io.stderr(
      lines(`alerts: ${alerts}, metrics: ${metrics}; rollguard lint checks the policy that you put them in`),
    );
    return 0;
  },
};
