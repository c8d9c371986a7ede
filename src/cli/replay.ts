import { parseArgs } from "node:util";
import { readTextFile } from "../adapters/files/text-file.ts";
import { HttpProblem } from "../adapters/http/problem.ts";
import { parseWebhookBody, type WebhookBody } from "../adapters/http/webhook-body.ts";
import { readStates } from "../compose/read-store.ts";
import { loadPoliciesInForce } from "../config/overrides.ts";
import type { Environment } from "../config/setting-source.ts";
import type { Policy } from "../domain/policy.ts";
import type { ApplicationState } from "../domain/state.ts";
import type { Command } from "./command.ts";
import { Failure, type Io, lines, UsageError } from "./io.ts";
import { Replay, type ReplayedAlert } from "./replay-alerts.ts";
import { settingsOf } from "./settings-of.ts";
import { clockOf } from "./system-clock.ts";
import { json } from "./text/printable.ts";
import { replayedLines, summaryLine } from "./text/replay-text.ts";
import { styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard replay FILE… [--policy PATH] [--state] [--application NAME] [--json]",
  "",
  "Decides recorded webhooks of Alertmanager again, in their order, and prints what each alert would have done: to try a",
  "policy on a past incident, or to see why something happened. It needs no server, and commits nothing.",
  "",
  "Time is the alerts' own: a webhook comes when the newest of its alerts has begun. Nothing is measured meanwhile, so a",
  "rollback that has begun stays open to the end, and no tier follows for not having helped.",
  "",
  "  FILE                 the JSON of one webhook body, as Alertmanager posts it",
  "  --policy PATH        a policy, or a directory of them, instead of ROLLGUARD_POLICY",
  "  --state              begin with what the store holds now; without, nothing has ever happened",
  "  --application NAME   whom all alerts are about, whatever they say",
  "  --json               each decision as JSON on one line",
);

export const replay: Command = {
  help,
  async run(argv, io) {
    const { values, positionals: files } = parseArgs({
      args: [...argv],
      options: {
        policy: { type: "string" },
        state: { type: "boolean" },
        application: { type: "string" },
        json: { type: "boolean" },
      },
      allowPositionals: true,
    });
    if (files.length === 0) throw new UsageError("which webhook? name the files that hold their bodies");
    const settings = settingsOf(io);
    const policies = policiesInForce(values.policy ?? settings.policy, settings.environment);
    const names = policies.map(({ application }) => application.name);
    const { application } = values;
    if (application !== undefined && !names.includes(application))
      throw new UsageError(`no application "${application}"; there are: ${names.join(", ")}`);
    // All of them before the first one: half a replay helps nobody.
    const bodies = files.map((file) => ({ file, body: readBody(file, settings.maxBody, io) }));
    const states = values.state ? await readStates(settings, names) : new Map();
    replayAll({ policies, states, application, bodies, asJson: values.json === true }, io);
    return 0;
  },
};

/** @throws Failure with every problem */
function policiesInForce(path: string, environment: Environment): readonly Policy[] {
  const { policies, problems } = loadPoliciesInForce(path, environment);
  if (problems.length > 0) throw new Failure(["the policies are not right:", ...problems].join("\n"));
  return policies;
}

interface Run {
  readonly policies: readonly Policy[];
  readonly states: ReadonlyMap<string, ApplicationState>;
  readonly application: string | undefined;
  readonly bodies: readonly { readonly file: string; readonly body: WebhookBody }[];
  readonly asJson: boolean;
}

function replayAll({ bodies, asJson, ...options }: Run, io: Io): void {
  const replaying = new Replay(options);
  const style = styleOf(io);
  const all: ReplayedAlert[] = [];
  let rejected = 0;
  let now = newestOf(options.states);
  for (const { file, body } of bodies) {
    for (const { startsAt } of body.alerts) now = Math.max(now, startsAt);
    const decisions = body.alerts.map((alert) => replaying.take(alert, now));
    const at = new Date(now).toISOString();
    all.push(...decisions);
    rejected += body.rejectedCount;
    if (asJson) {
      for (const decision of decisions) io.stdout(lines(json({ file, at, ...decision })));
      for (const each of body.rejected) io.stdout(lines(json({ file, at, ...each })));
    } else io.stdout(lines(...replayedLines({ file, at, decisions, rejected: body.rejected }, style), ""));
  }
  if (!asJson) io.stdout(lines(summaryLine(bodies.length, all, rejected)));
}

/** Time does not go back behind what the store tells of. */
function newestOf(states: ReadonlyMap<string, ApplicationState>): number {
  const times = [...states.values()].flatMap(({ rollback, past }) =>
    [rollback?.escalatedAt, rollback?.startedAt, past.at(-1)?.endedAt].filter(
      (time) => typeof time === "number",
    ),
  );
  return Math.max(0, ...times);
}

/** @throws Failure that names the file */
function readBody(file: string, maxBody: number, io: Io): WebhookBody {
  const { text, failure } = readTextFile(file, maxBody);
  if (text === null) throw new Failure(`${file} ${failure}`);
  try {
    return parseWebhookBody(Buffer.from(text), clockOf(io).now());
  } catch (error) {
    throw error instanceof HttpProblem ? new Failure(`${file}: ${error.message}`) : error;
  }
}
