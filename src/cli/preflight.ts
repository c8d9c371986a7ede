import { parseArgs } from "node:util";
import type { PreflightAnswer } from "./answers.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines } from "./io.ts";
import { preflightLines } from "./text/preflight-text.ts";
import { json } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard preflight [--application NAME] [--json]",
  "",
  "Checks all that a deploy needs: policy, store, Prometheus with its targets and rules, Alertmanager with its route to",
  "us, channels to people. Each check passes, passes with a warning, or fails, and then says what to do. Every deploy",
  "begins with it; nothing changes.",
  "",
  "  --application NAME   needed when there are several",
  '  --json               {"application","ok","checks":[{"name","status","detail","fix"}]}',
  "",
  "exit codes: 0 a deploy may start, 1 it may not, 2 called wrongly",
);

export const preflight: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({
      args: [...argv],
      options: { application: { type: "string" }, json: { type: "boolean" } },
    });
    const client = clientOf(io);
    const { application } = await fetchApplication(client, values.application);
    const answer = await client.post<PreflightAnswer>(pathOf(application, "/preflight"), {});
    io.stdout(values.json ? lines(json(answer)) : lines(...preflightLines(application, answer, styleOf(io))));
    return answer.ok ? 0 : 1;
  },
};
