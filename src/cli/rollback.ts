import type { DoneAnswer, TriedAnswer } from "./answers.ts";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { Failure, type Io, lines } from "./io.ts";
import { type RollbackOptions, readRollbackOptions } from "./rollback-options.ts";
import { ServerProblem } from "./server-client.ts";
import { json } from "./text/printable.ts";
import { rolledBackLines, wouldRollBackLines } from "./text/rollback-text.ts";
import { styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard rollback --flag KEY [--flag KEY]… --reason TEXT [options]",
  "       rollguard rollback --stage | --phase N | --safe-state | --emergency [--shutdown] --reason TEXT [options]",
  "",
  "Turns flags down, now, and ends a rollout that is active. It asks nothing, except with --shutdown. Each kind does",
  "what the ones above it do too; while a rollback is open it joins that one, and makes it more severe.",
  "",
  "  --flag KEY           one flag and what is below it; again for more",
  "  --stage              back to the flags and traffic of the stage before; without one, as the policy's tier phase",
  "  --phase N            every flag of phase N, and whatever the policy's tier phase turns down",
  "  --safe-state         whatever the policy's safe state turns down: usually all traffic",
  "  --emergency          the same, and the on-call engineer is paged",
  "  --shutdown           the kill switch too: all that is not protected is off for everybody. It asks for yes at a",
  "                       terminal, and needs --yes elsewhere",
  "",
  "  --reason TEXT        why, for the ledger; --dry-run needs none",
  "  --dry-run            each flag before and after, changing nothing; exit code 1 when it would be refused",
  "  --yes                do not ask",
  "  --revision N         only while the application is at this revision (rollguard status shows it)",
  "  --application NAME   needed when there are several",
  "  --json               what the server answers; asks nothing",
  "",
  "Afterwards Rollguard verifies that it has helped, and goes on to the next tier when it has not.",
);

export const rollback: Command = {
  help,
  async run(argv, io) {
    const options = readRollbackOptions(argv);
    const { revision } = options;
    const client = clientOf(io);
    const application = await fetchName(client, options.application);
    const path = pathOf(application, "/rollbacks");
    const style = styleOf(io);
    try {
      if (options.dryRun) {
        const tried = await client.post<TriedAnswer>(path, options.body, { revision });
        io.stdout(
          options.json ? lines(json(tried)) : lines(...wouldRollBackLines(tried, options.tier, style)),
        );
        return tried.would.reason === "refused" ? 1 : 0;
      }
      const confirm = await confirmation(application, options, io);
      const done = await client.post<DoneAnswer>(path, { ...options.body, confirm }, { revision });
      io.stdout(options.json ? lines(json(done)) : lines(...rolledBackLines(done, options, style)));
      return 0;
    } catch (error) {
      throw withHint(error);
    }
  },
};

/** Nothing but a shutdown is worth the seconds that a question takes. */
async function confirmation(
  application: string,
  { shutdown, yes, json: asJson }: RollbackOptions,
  io: Io,
): Promise<string | undefined> {
  if (!shutdown || yes) return shutdown ? "yes" : undefined;
  const what = `shut down ${application} for everybody`;
  if (!canAsk(io) || asJson) throw needsYes(what, false);
  await askForYes(io, what, false);
  return "yes";
}

function withHint(error: unknown): unknown {
  if (!(error instanceof ServerProblem) || !error.message.includes("has no flag")) return error;
  return new Failure(`${error.message}; rollguard flags list has them all; nothing was turned down`);
}
