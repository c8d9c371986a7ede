import { parseArgs } from "node:util";
import type { DoneAnswer, TriedAnswer } from "./answers.ts";
import { clientOf, fetchName, pathOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { askForYes, canAsk, needsYes } from "./confirm.ts";
import { lines, UsageError } from "./io.ts";
import { wholeNumberOf } from "./numbers.ts";
import { OPERATOR_OPTIONS } from "./operator-options.ts";
import { doneLines, triedLines } from "./text/done-text.ts";
import { json } from "./text/printable.ts";
import { arrow, styleOf } from "./text/style.ts";

const help = lines(
  "usage: rollguard shutdown on|off --reason TEXT [--yes] [--dry-run] [--application NAME] [--json]",
  "",
  "The kill switch. On: every flag that is not protected is off for everybody, at once, and a rollout that is active",
  "ends. Off: every flag is what it was before; refused while a rollback is open. It asks for yes at a terminal, and",
  "needs --yes elsewhere.",
  "",
  "Where one flag or one phase is the cause, rollguard rollback turns off less.",
  "",
  "  --reason TEXT        why, for the ledger; --dry-run needs none",
  "  --yes                do not ask",
  "  --dry-run            what it would do, changing nothing; exit code 1 when it would be refused",
  "  --revision N         only while the application is at this revision (rollguard status shows it)",
  "  --application NAME   needed when there are several",
  "  --json               what the server answers; asks nothing",
);

export const shutdown: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: {
        ...OPERATOR_OPTIONS,
        yes: { type: "boolean" },
      },
      allowPositionals: true,
    });
    const [verb, ...extra] = positionals;
    if ((verb !== "on" && verb !== "off") || extra.length > 0)
      throw new UsageError("expected on or off; nothing was sent");
    const { "dry-run": dryRun = false } = values;
    const reason = values.reason?.trim() || (dryRun ? "dry run" : undefined);
    if (reason === undefined)
      throw new UsageError("the kill switch needs --reason TEXT, for the ledger; nothing was sent");
    const revision = wholeNumberOf("revision", values.revision, 0);
    const client = clientOf(io);
    const application = await fetchName(client, values.application);
    const path = pathOf(application, "/shutdown");
    const body = { on: verb === "on", reason };
    const style = styleOf(io);
    if (dryRun) {
      const tried = await client.post<TriedAnswer>(path, { ...body, dryRun }, { revision });
      io.stdout(values.json ? lines(json(tried)) : lines(...triedLines(tried, style)));
      return tried.would.reason === "refused" ? 1 : 0;
    }
    if (!values.yes) {
      const what =
        verb === "on"
          ? `turn the kill switch on: everything of ${application} off, for everybody`
          : `turn the kill switch off: everything of ${application} back to what it was`;
      if (!canAsk(io) || values.json) throw needsYes(what, false);
      await askForYes(io, what, false);
    }
    const done = await client.post<DoneAnswer>(path, { ...body, confirm: "yes" }, { revision });
    const which = values.application === undefined ? "" : ` --application ${application}`;
    const call = (command: string): string => style.paint.bold(`rollguard ${command}${which}`);
    const next =
      done.warning !== undefined
        ? `see what users meet: ${call("flags list")}`
        : verb === "on"
          ? `all that is not protected is off for everybody until ${call("shutdown off --reason TEXT")}`
          : `every flag is what it was before; look with ${call("status")}`;
    io.stdout(
      values.json ? lines(json(done)) : lines(...doneLines(done, style), `  ${arrow(style)} ${next}`),
    );
    return 0;
  },
};
