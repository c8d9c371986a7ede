import { parseArgs } from "node:util";
import type { RollbackTimeline, RollbackView } from "../app/describe-rollback.ts";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { ServerProblem } from "./server-client.ts";
import { clockOf } from "./system-clock.ts";
import { json } from "./text/printable.ts";
import { rollbackListLines } from "./text/rollback-list-text.ts";
import { styleOf } from "./text/style.ts";
import { timelineLines } from "./text/timeline-text.ts";

const help = lines(
  "usage: rollguard rollbacks [list] [--application NAME] [--json]",
  "       rollguard rollbacks show ID [--application NAME] [--json]",
  "",
  "  list   the last ones, newest first: how much, whether it has helped, when, and why",
  "  show   one of them: each step with its time, and the seconds since the alert began to fire; how long it took, against",
  "         the budget of its tier; the last look at whether it has helped, and what that found",
  "",
  "  --application NAME   needed when there are several",
  "  --json               as GET /api/v1/applications/NAME/rollbacks[/ID] gives it",
);

interface Options {
  readonly application?: string | undefined;
  readonly json?: boolean | undefined;
}

export interface RollbacksAnswer {
  readonly application: string;
  /** Newest first. */
  readonly rollbacks: readonly RollbackView[];
}

export const rollbacks: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { application: { type: "string" }, json: { type: "boolean" } },
      allowPositionals: true,
    });
    const [verb = "list", id, ...extra] = positionals;
    if (extra.length > 0 || (verb === "list" && id !== undefined)) throw new UsageError("too many arguments");
    if (verb === "list") return await list(values, io);
    if (verb !== "show") throw new UsageError("expected list or show ID");
    if (id === undefined) throw new UsageError("show: which rollback? rollguard rollbacks lists them");
    return await show(id, values, io);
  },
};

async function list({ application: name, json: asJson }: Options, io: Io): Promise<ExitCode> {
  const client = clientOf(io);
  const answer = await client.get<RollbacksAnswer>(pathOf(await fetchName(client, name), "/rollbacks"));
  io.stdout(asJson ? lines(json(answer)) : lines(...rollbackListLines(answer, styleOf(io))));
  return 0;
}

async function show(id: string, { application: name, json: asJson }: Options, io: Io): Promise<ExitCode> {
  const client = clientOf(io);
  const path = pathOf(await fetchName(client, name), `/rollbacks/${encodeURIComponent(id)}`);
  const found = await client
    .get<RollbackTimeline & { readonly application: string }>(path)
    .catch((error: unknown) => {
      throw error instanceof ServerProblem && error.code === "not_found"
        ? new Failure(`${String(error.body.detail)}; rollguard rollbacks lists those that are remembered`)
        : error;
    });
  const scene = { style: styleOf(io), now: clockOf(io).now(), several: name !== undefined };
  io.stdout(asJson ? lines(json(found)) : lines(...timelineLines(found, scene)));
  return 0;
}
