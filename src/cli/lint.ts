import { parseArgs } from "node:util";
import { loadPolicies } from "../config/policy-files.ts";
import { formatProblem } from "../config/problem.ts";
import type { Command } from "./commands.ts";
import { lines } from "./io.ts";

const help = lines(
  "usage: rollguard lint [PATH…] [--json]",
  "",
  "Checks policy files, or directories of them, and tells every mistake at once, each as",
  "file:line:column: message. Without a path it checks ROLLGUARD_POLICY, else rules/.",
  "",
  '  --json   {"policies": […], "problems": [{"file","line","column","message"}]}',
  "",
  "exit codes: 0 no problems, 1 problems, 2 called wrongly",
);

export const lint: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { json: { type: "boolean" } },
      allowPositionals: true,
    });
    const paths = positionals.length > 0 ? positionals : [io.environment.ROLLGUARD_POLICY || "rules/"];
    const results = paths.map((path) => loadPolicies(path));
    const problems = results.flatMap((result) => result.problems);
    const policies = results.flatMap((result) => result.policies.map(({ application }) => application.name));
    if (values.json) io.stdout(lines(JSON.stringify({ policies, problems })));
    else if (problems.length > 0) io.stderr(lines(...problems.map(formatProblem)));
    else io.stdout(lines(`no problems: ${policies.join(", ")}`));
    return problems.length > 0 ? 1 : 0;
  },
};
