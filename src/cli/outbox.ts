import { parseArgs } from "node:util";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { type ExitCode, Failure, type Io, lines, UsageError } from "./io.ts";
import { type ServerClient, ServerProblem } from "./server-client.ts";
import { clockOf } from "./system-clock.ts";
import { type OutboxAnswer, outboxLines } from "./text/outbox-text.ts";
import { forPeople, json } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard outbox [list] [--all] [--application NAME] [--json]",
  "       rollguard outbox retry ID [--reason TEXT] [--application NAME] [--json]",
  "       rollguard outbox drop ID [--reason TEXT] [--yes] [--application NAME] [--json]",
  "",
  "Messages on their way to people: Slack, PagerDuty, mail, webhooks, reports. They are sent by themselves, and again when",
  "that fails; one that could not be sent for too long is dead, and holds up no other one.",
  "",
  "  list    the oldest 100: where to, of what, how often it was tried, when next, and why it failed",
  "  retry   has one tried at once, also when it is dead; those before it on its way still go first",
  "  drop    gives one up for good: nobody is told of it. It asks for yes at a terminal, and needs --yes elsewhere",
  "",
  "  --all                all of them",
  "  --reason TEXT        why, for the server's log",
  "  --yes                do not ask",
  "  --application NAME   needed when there are several",
  "  --json               what the server answers; asks nothing",
);

interface Options {
  readonly all?: boolean | undefined;
  readonly reason?: string | undefined;
  readonly yes?: boolean | undefined;
  readonly application?: string | undefined;
  readonly json?: boolean | undefined;
}

interface SettledAnswer {
  readonly application: string;
  readonly id: string;
  readonly done: "retried" | "dropped";
}

/** What each verb takes besides `--application` and `--json`. */
const TAKES: Readonly<Record<string, readonly string[]>> = {
  list: ["all"],
  retry: ["reason"],
  drop: ["reason", "yes"],
};

/** The server's own limit. */
const PAGE = 1_000;

export const outbox: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        all: { type: "boolean" },
        reason: { type: "string" },
        yes: { type: "boolean" },
        application: { type: "string" },
        json: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [verb = "list", id, ...extra] = positionals;
    const takes = Object.hasOwn(TAKES, verb) ? TAKES[verb] : undefined;
    if (takes === undefined) throw new UsageError("expected list, retry ID or drop ID");
    if (extra.length > 0 || (verb === "list" && id !== undefined)) throw new UsageError("too many arguments");
    for (const option of Object.keys(values))
      if (!["application", "json", ...takes].includes(option))
        throw new UsageError(`${verb} takes no --${option}`);
    if (verb === "list") return await list(values, io);
    if (id === undefined) throw new UsageError(`${verb}: which message? rollguard outbox list names them`);
    return verb === "retry" ? await retry(id, values, io) : await drop(id, values, io);
  },
};

async function list({ application: name, all, json: asJson }: Options, io: Io): Promise<ExitCode> {
  const client = clientOf(io);
  const path = pathOf(await fetchName(client, name), "/outbox");
  const answer = all ? await fetchAll(client, path) : await client.get<OutboxAnswer>(path);
  const which = name === undefined ? "" : ` --application ${name}`;
  const scene = { style: styleOf(io), now: clockOf(io).now(), which };
  io.stdout(asJson ? lines(json(answer)) : lines(...outboxLines(answer, scene)));
  return 0;
}

/** Page by page; how many there are is told as it was at the last one. */
async function fetchAll(client: ServerClient, path: string): Promise<OutboxAnswer> {
  const entries: OutboxAnswer["entries"][number][] = [];
  for (;;) {
    const last = entries.at(-1);
    const after = last === undefined ? "" : `&after=${last.id}`;
    const page = await client.get<OutboxAnswer>(`${path}?limit=${PAGE}${after}`);
    entries.push(...page.entries);
    if (page.entries.length < PAGE) return { ...page, entries };
  }
}

async function retry(id: string, options: Options, io: Io): Promise<ExitCode> {
  const client = clientOf(io);
  const application = await fetchName(client, options.application);
  return await settle(client, { application, id, verb: "retry", told: "is tried at once" }, options, io);
}

async function drop(id: string, options: Options, io: Io): Promise<ExitCode> {
  const client = clientOf(io);
  const application = await fetchName(client, options.application);
  if (!options.yes) {
    const what = `drop message ${id} of ${application}: nobody is told of it`;
    if (!canAsk(io) || options.json) throw needsYes(what, false);
    await askForYes(io, what, false);
  }
  return await settle(client, { application, id, verb: "drop", told: "is dropped" }, options, io);
}

interface Settlement {
  readonly application: string;
  readonly id: string;
  readonly verb: "retry" | "drop";
  readonly told: string;
}

async function settle(
  client: ServerClient,
  { application, id, verb, told }: Settlement,
  { reason, json: asJson }: Options,
  io: Io,
): Promise<ExitCode> {
  const path = pathOf(application, `/outbox/${encodeURIComponent(id)}/${verb}`);
  const body = reason?.trim() ? { reason } : {};
  const done = await client.post<SettledAnswer>(path, body).catch((error: unknown) => {
    throw error instanceof ServerProblem && error.code === "not_found"
      ? new Failure(`${String(error.body.detail)}; rollguard outbox list names those that are there`)
      : error;
  });
  const people = forPeople(done);
  io.stdout(lines(asJson ? json(done) : `${people.application}: message ${people.id} ${told}`));
  return 0;
}
