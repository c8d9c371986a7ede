import type { DoneAnswer, PlannedAnswer, PreflightAnswer } from "./answers.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { type DeployOptions, readDeployOptions } from "./deploy-options.ts";
import { Failure, type Io, lines, UsageError } from "./io.ts";
import { ServerProblem } from "./server-client.ts";
import { doneLines } from "./text/done-text.ts";
import { preflightLines } from "./text/preflight-text.ts";
import { json, printable } from "./text/printable.ts";
import { scheduleLines } from "./text/schedule-text.ts";
import { PLAIN, type Style, styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard deploy [--plan NAME] [--dry-run] [options]",
  "",
  "Starts a plan: preflight first, then the flags of its first stage; after that its gates decide.",
  "In production it shows the schedule and asks; where there is no terminal to ask at it needs --yes.",
  "",
  "  --plan NAME             hybrid, safe, custom, … as the policy has them; without, the policy's default.",
  "                          --strategy is the same",
  "  --steps 0,10,50,100     traffic, stage by stage: for the plan custom, with --wait",
  "  --wait 600|10m          how long every stage bakes: seconds, or a duration",
  "  --target-percentage N   end the plan at this much traffic",
  "  --error-threshold N     roll back above this error rate, instead of the gate's own bound",
  "  --latency-threshold N   the same for the latency",
  "  --reason TEXT           why, for the ledger",
  "  --acknowledge           raise what a rollback has put in quarantine; needs --reason",
  "  --dry-run               show schedule, flags, gates and preflight, and change nothing;",
  "                          exit code 0: it could start now, 1: it could not",
  "  --yes                   do not ask",
  "  --yes-i-am-sure         what a dangerous plan needs in production",
  "  --revision N            only while the application is at this revision",
  "  --application NAME      needed when there are several",
  "  --json                  what the server answers; asks nothing",
);

export const deploy: Command = {
  help,
  async run(argv, io) {
    const options = readDeployOptions(argv);
    const client = clientOf(io);
    const { application, production = false } = await fetchApplication(client, options.application);
    const { body, revision } = options;
    const call: Call = (more) =>
      client.post(pathOf(application, "/deploy"), { ...body, ...more }, { revision });
    if (options.dryRun) {
      const planned = await call<PlannedAnswer>({ dryRun: true });
      io.stdout(options.json ? lines(json(planned)) : planText(planned, styleOf(io)));
      return whyNot(planned) === null ? 0 : 1;
    }
    const confirm = await confirmation(call, { application, production }, options, io);
    try {
      const done = await call<DoneAnswer>({ confirm });
      const next = "  rollguard status --watch shows how it goes on";
      io.stdout(options.json ? lines(json(done)) : lines(...doneLines(done, styleOf(io)), next));
      return 0;
    } catch (error) {
      throw explained(error, application, options);
    }
  },
};

type Call = <T>(more: Readonly<Record<string, unknown>>) => Promise<T>;

/** What is to be sent as confirmation, after asking for it where it must be asked for. */
async function confirmation(
  call: Call,
  { application, production }: { readonly application: string; readonly production: boolean },
  options: DeployOptions,
  io: Io,
): Promise<string | undefined> {
  if (options.sure) return "yes-i-am-sure";
  if (options.yes) return "yes";
  const askable = canAsk(io) && !options.json;
  if (production && !askable) throw needsYes(`deploy to ${application}`, production);
  const planned = await call<PlannedAnswer>({ dryRun: true });
  const obstacle = whyNot(planned);
  if (obstacle !== null) throw new Failure(withHint(obstacle, options));
  const { dangerous } = planned;
  const what = `deploy ${planned.plan} to ${application}`;
  if (planned.production && dangerous)
    throw new UsageError(
      `${what}: it gives everything to everybody at once, and this is production: say --yes-i-am-sure; nothing was sent`,
    );
  if (!planned.production && !dangerous) return undefined;
  if (!askable) throw needsYes(what, planned.production);
  io.stdout(lines(...scheduleLines(planned, styleOf(io)), ""));
  await askForYes(io, what, planned.production);
  return "yes";
}

/** Why it could not start now; null when it could. */
function whyNot({ application, would, preflight }: PlannedAnswer): string | null {
  if (would.reason === "refused") return would.detail ?? "it would be refused";
  return preflight.ok ? null : preflightLines(application, preflight, PLAIN).join("\n");
}

function planText(planned: PlannedAnswer, style: Style): string {
  const { application, preflight, would } = planned;
  const why = would.reason === "refused" ? would.detail : preflight.ok ? null : "preflight fails";
  return lines(
    ...scheduleLines(planned, style),
    "",
    ...preflightLines(application, preflight, style),
    "",
    why === null
      ? `dry run, nothing changed: ${style.paint.green("it could start now")}`
      : `dry run, nothing changed: ${style.paint.red("it could not start now")}: ${printable(why)}`,
  );
}

/** The server's word in the words of the command line. */
function explained(error: unknown, application: string, options: DeployOptions): unknown {
  if (!(error instanceof ServerProblem)) return error;
  const { preflight } = error.body;
  if (error.code === "preflight_failed" && isPreflight(preflight))
    return new Failure(preflightLines(application, preflight, PLAIN).join("\n"));
  if (error.status === 422 && options.yes && error.message.includes("yes-i-am-sure"))
    return new Failure(`${error.message}: say --yes-i-am-sure`);
  return error.status === 409 ? new Failure(withHint(error.message, options)) : error;
}

function withHint(refusal: string, { acknowledge }: DeployOptions): string {
  if (acknowledge || !refusal.includes("acknowledge")) return refusal;
  return `${refusal}: add --acknowledge --reason TEXT`;
}

function isPreflight(value: unknown): value is PreflightAnswer {
  return Array.isArray((value as Partial<PreflightAnswer> | null)?.checks);
}
