import { parseArgs } from "node:util";
import type { DoneAnswer, ServedApplication, TriedAnswer } from "./answers.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { Failure, lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";
import { ServerProblem } from "./server-client.ts";
import { triedLines } from "./text/done-text.ts";
import { forPeople, json } from "./text/printable.ts";
import { arrow, type Style, styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard acknowledge ROLLBACK --reason TEXT [--force] [--dry-run] [--application NAME] [--json]",
  "",
  "Says that somebody knows why a rollback happened, and that its cause is mended: what it turned down leaves",
  "quarantine, and where it is open still it is closed. Nothing is raised by that. rollguard status lists what is in",
  "quarantine, and the rollback that put it there.",
  "",
  "  --reason TEXT        why its flags may be raised again, for the ledger",
  "  --force              also while its alerts are firing or it is being verified: for alerts that will never resolve",
  "  --dry-run            what it would do, changing nothing; exit code 1 when it would be refused",
  "  --revision N         only while the application is at this revision (rollguard status shows it)",
  "  --application NAME   needed when there are several",
  "  --json               what the server answers",
);

export const acknowledge: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        ...OPERATOR_OPTIONS,
        force: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [id, ...extra] = positionals;
    if (id === undefined) throw new UsageError("which rollback? rollguard status names it; nothing was sent");
    if (extra.length > 0)
      throw new UsageError("too many arguments: put the reason in quotes; nothing was sent");
    const { force = false, reason, "dry-run": dryRun = false } = values;
    if (!reason?.trim())
      throw new UsageError(
        "it needs --reason TEXT: what was wrong, and why its flags may be raised again; nothing was sent",
      );
    const revision = wholeNumberOf("revision", values.revision, 0);
    const client = clientOf(io);
    const view = await fetchApplication(client, values.application);
    const path = pathOf(view.application, `/rollbacks/${encodeURIComponent(id)}/acknowledge`);
    const style = styleOf(io);
    try {
      if (dryRun) {
        const tried = await client.post<TriedAnswer>(path, { reason, force, dryRun }, { revision });
        io.stdout(values.json ? lines(json(tried)) : lines(...triedLines(tried, style)));
        return tried.would.reason === "refused" ? 1 : 0;
      }
      const done = await client.post<DoneAnswer>(path, { reason, force }, { revision });
      const which = values.application === undefined ? "" : ` --application ${view.application}`;
      const next = nextLines(done, releasedBy(view, id), which, style);
      io.stdout(values.json ? lines(json(done)) : lines(...next));
      return 0;
    } catch (error) {
      throw withHint(error, force);
    }
  },
};

/** As it stood before: the answer does not list them. */
function releasedBy({ quarantine }: ServedApplication, id: string): readonly string[] {
  return quarantine.filter(({ rollback }) => rollback === id).map(({ flag }) => flag);
}

function nextLines(
  answer: DoneAnswer,
  released: readonly string[],
  which: string,
  style: Style,
): readonly string[] {
  const { application, detail, revision, traffic } = forPeople(answer);
  const call = (command: string): string => style.paint.bold(`rollguard ${command}${which}`);
  return [
    `${application}: ${detail ?? "acknowledged"}`,
    ...(released.length === 0 ? [] : [`  out of quarantine: ${forPeople(released).join(", ")}`]),
    `  nothing was raised: ${traffic} % of traffic, revision ${revision}`,
    `  ${arrow(style)} raise it with ${call("deploy")}, with ${call("retry --acknowledge --reason TEXT")} where a rollout was rolled back,`,
    `    or with ${call("flags restore --reason TEXT")}, which returns to what stood before the last deploy`,
  ];
}

function withHint(error: unknown, force: boolean): unknown {
  if (!(error instanceof ServerProblem) || error.status !== 409 || force) return error;
  return /firing|being verified/.test(error.message)
    ? new Failure(`${error.message}: --force acknowledges it now; nothing was done`)
    : error;
}
