import { parseArgs } from "node:util";
import type { DoneAnswer, TriedAnswer } from "./answers.ts";
import { clientOf, fetchApplication, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { type Io, lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";
import { doneLines, triedLines } from "./text/done-text.ts";
import { json } from "./text/printable.ts";
import { styleOf } from "./text/style.ts";

interface Verb {
  readonly name: "pause" | "resume" | "approve" | "abort" | "retry";
  /** What the help says of it. */
  readonly about: readonly string[];
  /** What follows from it, told when it is done. */
  readonly next: (answer: DoneAnswer) => readonly string[];
  /** It takes an acknowledgement and a reason. */
  readonly acknowledges?: true;
}

export const pause = commandOf({
  name: "pause",
  about: [
    "Holds the rollout where it is: nothing is looked at and nothing is promoted until rollguard resume.",
    "Triggers still roll back.",
  ],
  next: () => ["traffic and flags stay as they are; triggers still roll back; rollguard resume goes on"],
});

export const resume = commandOf({
  name: "resume",
  about: ["Lets a paused rollout go on. What it baked before the pause counts; the pause itself does not."],
  next: () => ["rollguard status --watch shows how it goes on"],
});

export const approve = commandOf({
  name: "approve",
  about: [
    "Promotes a stage that is all green and waits for an operator. Nothing else can be approved: what is yellow,",
    "red or without data stays where it is.",
  ],
  next: () => ["rollguard status --watch shows how it goes on"],
});

export const abort = commandOf({
  name: "abort",
  about: [
    "Ends the rollout where it is. Traffic and flags stay as they are: to take them back, use",
    "rollguard flags restore --reason TEXT, which returns to what stood before the deploy.",
  ],
  next: ({ traffic }) => [
    `traffic stays at ${traffic} %, and flags stay as they are`,
    "take them back to what stood before the deploy: rollguard flags restore --reason TEXT",
    "or start again: rollguard retry --acknowledge --reason TEXT",
  ],
});

export const retry = commandOf({
  name: "retry",
  about: [
    "Starts the last rollout again, after it was rolled back, aborted or failed, at the stage that the policy names.",
    "It raises what a rollback put in quarantine: so it needs --acknowledge and --reason, and is refused while an",
    "alert of the rollback is firing.",
  ],
  next: () => ["rollguard status --watch shows how it goes on"],
  acknowledges: true,
});

function commandOf(verb: Verb): Command {
  return {
    help: helpOf(verb),
    async run(argv, io) {
      const { values } = parseArgs({
        args: [...argv],
        options: {
          ...OPERATOR_OPTIONS,
          acknowledge: { type: "boolean" },
          ...(verb.acknowledges ? CONFIRMATIONS : {}),
        },
      });
      const { reason, acknowledge = false, "dry-run": dryRun = false } = values;
      if (verb.acknowledges && !(acknowledge && reason?.trim()))
        throw new UsageError(
          "it needs --acknowledge and --reason TEXT: you know what was rolled back, and say why it may come back; nothing was sent",
        );
      const revision = wholeNumberOf("revision", values.revision, 0);
      const client = clientOf(io);
      const { application, production = false } = await fetchApplication(client, values.application);
      const path = pathOf(application, `/${verb.name}`);
      const what = `${verb.name} the rollout of ${application}`;
      const asks = verb.acknowledges === true && production && !dryRun;
      const confirm = asks ? await confirmation(values, what, io) : undefined;
      const body = { reason, acknowledge, dryRun, confirm };
      const style = styleOf(io);
      if (dryRun) {
        const tried = await client.post<TriedAnswer>(path, body, { revision });
        io.stdout(values.json ? lines(json(tried)) : lines(...triedLines(tried, style)));
        return tried.would.reason === "refused" ? 1 : 0;
      }
      const done = await client.post<DoneAnswer>(path, body, { revision });
      const next = verb.next(done).map((line) => `  ${line}`);
      io.stdout(values.json ? lines(json(done)) : lines(...doneLines(done, style), ...next));
      return 0;
    },
  };
}

const CONFIRMATIONS = { yes: { type: "boolean" }, "yes-i-am-sure": { type: "boolean" } } as const;

/** In production: what was said, or what is typed now. */
async function confirmation(
  said: { readonly yes?: unknown; readonly "yes-i-am-sure"?: unknown },
  what: string,
  io: Io,
): Promise<string> {
  if (said["yes-i-am-sure"] === true) return "yes-i-am-sure";
  if (said.yes !== true) {
    if (!canAsk(io)) throw needsYes(what, true);
    await askForYes(io, what, true);
  }
  return "yes";
}

function helpOf({ name, about, acknowledges }: Verb): string {
  const usage = acknowledges ? `${name} --acknowledge --reason TEXT` : `${name} [--reason TEXT]`;
  return lines(
    `usage: rollguard ${usage} [--dry-run] [--application NAME] [--json]`,
    "",
    ...about,
    "",
    "  --reason TEXT        why, for the ledger",
    "  --acknowledge        you know what was rolled back",
    ...(acknowledges
      ? ["  --yes, --yes-i-am-sure  as for deploy: in production, where there is no terminal to ask at"]
      : []),
    "  --dry-run            what it would do, changing nothing; exit code 1 when it would be refused",
    "  --revision N         only while the application is at this revision (rollguard status shows it)",
    "  --application NAME   needed when there are several",
    "  --json               what the server answers",
  );
}
