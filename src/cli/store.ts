import { parseArgs } from "node:util";
import type { LossAccepted } from "../app/accept-loss.ts";
import { clientOf } from "./applications.ts";
import type { Command } from "./command.ts";
import { lines, UsageError } from "./io.ts";
import { forPeople, json } from "./text/printable.ts";

const help = lines(
  "usage: rollguard store accept-loss --reason TEXT [--json]",
  "",
  "Redis has lost data: it was emptied, or some of its keys are gone. The responder is not ready, and serves the flags",
  "that it kept as stale, until the data is back or you say that it will not be.",
  "",
  "  accept-loss   goes on from what is left. Each flag stands at the lower of what the store or the policy says and what",
  "                was kept; what was in quarantine stays there. Rollbacks that were open, rollouts, alerts and messages",
  "                that are lost stay lost: Alertmanager tells of what still fires, and preflight of the rest.",
  "                What is left of a torn application is renamed to rollguard:{…}:…:lost",
  "",
  "  --reason TEXT   why, for the ledger",
  "  --json          what the server answers",
  "",
  "Each responder knows for itself what was lost: run it for each, with ROLLGUARD_URL. Where there is a backup, restore it",
  "and restart instead.",
);

interface AcceptedAnswer {
  readonly accepted: readonly LossAccepted[];
}

export const store: Command = {
  help,
  async run(argv, io) {
    const { values, positionals } = parseArgs({
      args: [...argv],
      options: { reason: { type: "string" }, json: { type: "boolean" } },
      allowPositionals: true,
    });
    const [verb, ...extra] = positionals;
    if (verb !== "accept-loss") throw new UsageError("expected accept-loss; nothing was sent");
    if (extra.length > 0)
      throw new UsageError("too many arguments: put the reason in quotes; nothing was sent");
    const { reason } = values;
    if (!reason?.trim())
      throw new UsageError(
        "it needs --reason TEXT: what was lost, and why it does not come back; nothing was sent",
      );
    const answer = await clientOf(io).post<AcceptedAnswer>("/api/v1/store/accept-loss", { reason });
    const told = forPeople(answer).accepted.flatMap(({ application, detail, revision, flags }) => [
      `${application}: ${detail}`,
      ...(flags.length === 0 ? [] : [`  lowered: ${flags.join(", ")}`]),
      `  revision ${revision}`,
    ]);
    io.stdout(lines(...(values.json ? [json(answer)] : told)));
    return 0;
  },
};
