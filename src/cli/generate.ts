import { parseArgs } from "node:util";
import { changesOf, diffOf, type FileChange, writeChanges } from "../adapters/files/generated-files.ts";
import { formatProblem } from "../config/problem.ts";
import {
  DEFAULT_ALERTMANAGER_VERSION,
  DEFAULT_PROMETHEUS_VERSION,
  type Target,
} from "../domain/generate/versions.ts";
import type { Command } from "./command.ts";
import { documents, GENERATED_DIRECTORIES } from "./generated-documents.ts";
import { type ExitCode, type Io, lines, UsageError } from "./io.ts";
import { readPolicies } from "./policy-sources.ts";
import { refuse, refusedExpressions } from "./refused-expressions.ts";
import { supported, versionOf } from "./target-version.ts";
import { verifyGenerated } from "./verify-generated.ts";

const help = lines(
  "usage: rollguard generate [PATH] [--check] [--verify] [--out DIR] [--json]",
  "                          [--prometheus-version V] [--alertmanager-version V]",
  "",
  "Writes what Prometheus, Alertmanager and Grafana read from the policies at PATH; without one from",
  "ROLLGUARD_POLICY, else rules/. The same policies always give the same bytes. An expression that is no PromQL",
  "is refused, and then nothing is written.",
  "",
  "  --check                   write nothing; show what would change, and exit with 1 if anything would",
  "  --verify                  also let promtool and amtool judge the files, where they are installed",
  "  --out DIR                 the project's root; default: the current directory",
  `  --prometheus-version V    what runs: ${supported("prometheus")}; default ${DEFAULT_PROMETHEUS_VERSION}`,
  `  --alertmanager-version V  what runs: ${supported("alertmanager")}; default ${DEFAULT_ALERTMANAGER_VERSION}`,
  "                            What a version rejects is left out; newer ones are taken with a warning",
  '  --json                    {"files": [{"path","change"}], "problems": [{"file","line","column","message"}]}',
  "",
  "exit codes: 0 done, 1 failed, stale or refused, 2 called wrongly",
);

export const generate: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        check: { type: "boolean" },
        verify: { type: "boolean" },
        out: { type: "string", default: "." },
        json: { type: "boolean" },
        "prometheus-version": { type: "string", default: DEFAULT_PROMETHEUS_VERSION },
        "alertmanager-version": { type: "string", default: DEFAULT_ALERTMANAGER_VERSION },
      },
      allowPositionals: true,
    });
    const [path = io.environment.ROLLGUARD_POLICY || "rules/", ...extra] = positionals;
    if (extra.length > 0) throw new UsageError("too many arguments: one file, or one directory");
    const target: Target = {
      prometheus: versionOf("prometheus", values["prometheus-version"], io),
      alertmanager: versionOf("alertmanager", values["alertmanager-version"], io),
    };

    const policies = readPolicies(path);
    const refused = refusedExpressions(policies);
    if (refused.length > 0) return refuse(refused, values.json === true, io);
    const changes = changesOf(values.out, documents(policies, target), GENERATED_DIRECTORIES);
    const verified =
      values.verify === true ? await verifyGenerated(policies, io.environment) : { problems: [], notes: [] };
    const isRefused = verified.problems.length > 0;
    // What a server would refuse does not take the place of what it has accepted.
    if (!values.check && !isRefused) writeChanges(values.out, changes);

    if (values.json)
      io.stdout(lines(JSON.stringify({ files: changes.map(brief), problems: verified.problems })));
    else if (isRefused) io.stderr(lines(...verified.problems.map(formatProblem), "nothing was written"));
    else tell(io, changes, values.check === true);
    for (const note of verified.notes) io.stderr(lines(note));
    return exitCode(changes, values.check === true, isRefused);
  },
};

function brief({ path, change }: FileChange): object {
  return { path, change };
}

function tell(io: Io, changes: readonly FileChange[], isCheck: boolean): void {
  const different = changes.filter(({ change }) => change !== "unchanged");
  if (different.length === 0) io.stdout(lines(`${changes.length} files, all as the policies say`));
  else if (isCheck) {
    const diffs = different.map(diffOf).filter((diff) => diff !== "");
    io.stdout(diffs.map((diff) => lines(diff)).join(""));
    io.stderr(lines(...different.map(describe), "run rollguard generate, and commit what it writes"));
  } else io.stdout(lines(...different.map(({ path, change }) => `${DONE[change]} ${path}`)));
}

const DONE = {
  unchanged: "kept",
  missing: "wrote",
  stale: "wrote",
  orphan: "removed",
  foreign: "left",
} as const;

function describe({ path, change, lineEndings }: FileChange): string {
  if (lineEndings === "differ only")
    return `${path}: line endings differ (CRLF), and nothing else; \`eol=lf\` in .gitattributes keeps Git from it`;
  const words = {
    unchanged: "is as the policies say",
    missing: "is missing",
    stale: "is not what the policies say: it is old, or was edited by hand",
    orphan: "belongs to no policy any more",
    foreign: "is in a generated directory, but rollguard did not write it",
  };
  const also = lineEndings === "differ" ? "; and its line endings differ (CRLF)" : "";
  return `${path} ${words[change]}${also}`;
}

function exitCode(changes: readonly FileChange[], isCheck: boolean, isRefused: boolean): ExitCode {
  const isStale = changes.some(({ change }) => change !== "unchanged");
  return isRefused || (isCheck && isStale) ? 1 : 0;
}
