import { parseArgs } from "node:util";
import { type LintResult, lintFiles } from "../config/lint/lint-files.ts";
import { DEFAULT_ALERTMANAGER_VERSION } from "../domain/generate/versions.ts";
import type { Command } from "./command.ts";
import { type Io, lines, UsageError } from "./io.ts";
import { describeProblem, githubCommand, summary } from "./lint-report.ts";
import { supported, versionOf } from "./target-version.ts";

const FORMATS = ["text", "json", "github"];

const help = lines(
  "usage: rollguard lint [PATH…] [--format text|json|github] [--no-promtool] [--alertmanager-version V]",
  "",
  "Checks policies, files of Prometheus rules, prometheus.yml and alertmanager.yml, each known by its content, or",
  "directories of them, and tells every mistake at once, with its place. Without a path it checks",
  "ROLLGUARD_POLICY, else rules/. docs/lint.md explains every check.",
  "",
  "An alertmanager.yml is checked with the alerts of the other files: name them together.",
  "",
  "  --format text     for people: the line, and what to do (default)",
  '  --format json     {"policies": […], "problems": [{"file","line","column","endLine","endColumn","check",',
  '                    "severity","message","advice"}]}; --json is the same',
  "  --format github   annotations for a pull request",
  "  --no-promtool     do not ask promtool, though it is installed",
  `  --alertmanager-version V  what runs: ${supported("alertmanager")}; default ${DEFAULT_ALERTMANAGER_VERSION}`,
  "",
  "An entry is excused by a comment above it:  # rollguard: allow <check> because <reason>",
  "",
  "exit codes: 0 no problems or warnings only, 1 errors, 2 called wrongly",
);

export const lint: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        json: { type: "boolean" },
        format: { type: "string" },
        "no-promtool": { type: "boolean" },
        "alertmanager-version": { type: "string", default: DEFAULT_ALERTMANAGER_VERSION },
      },
      allowPositionals: true,
    });
    const format = values.format ?? (values.json ? "json" : "text");
    if (!FORMATS.includes(format)) throw new UsageError(`--format: expected ${FORMATS.join(", ")}`);
    if (values.json && format !== "json") throw new UsageError("--json and --format contradict each other");
    const paths = positionals.length > 0 ? positionals : [io.environment.ROLLGUARD_POLICY || "rules/"];
    const alertmanager = versionOf("alertmanager", values["alertmanager-version"], io);
    const result = await lintFiles({ paths, promtool: values["no-promtool"] !== true, alertmanager });
    report(result, format, io);
    return result.problems.some(({ severity }) => severity === "error") ? 1 : 0;
  },
};

function report({ problems, policies, files, texts }: LintResult, format: string, io: Io): void {
  if (format === "json") io.stdout(lines(JSON.stringify({ policies, problems })));
  else if (format === "github") {
    for (const problem of problems) io.stdout(lines(githubCommand(problem)));
  } else if (problems.length === 0) {
    const what = policies.length > 0 ? policies.join(", ") : `${files} ${files === 1 ? "file" : "files"}`;
    io.stdout(lines(`no problems: ${what}`));
  } else {
    const coloured = io.isTty === true && !io.environment.NO_COLOR;
    const sources = new Map<string, readonly string[]>();
    for (const problem of problems) {
      const { file } = problem;
      const source = sources.get(file) ?? texts.get(file)?.split("\n");
      if (source !== undefined) sources.set(file, source);
      io.stderr(lines(...describeProblem(problem, source, coloured)));
    }
    io.stderr(lines(summary(problems, files)));
  }
}
