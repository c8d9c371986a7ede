import type { RollbackView } from "../../app/describe-rollback.ts";
import { forPeople } from "./printable.ts";
import { type Colour, PLAIN, type Style } from "./style.ts";
import { table } from "./table.ts";
import { clockTime } from "./times.ts";

const STATUS_COLOURS: Readonly<Record<RollbackView["status"], Colour>> = {
  verifying: "yellow",
  verified: "green",
  unverified: "red",
  failed: "red",
};

export function statusText({ status }: Pick<RollbackView, "status">, { paint }: Style): string {
  return paint[STATUS_COLOURS[status]](status);
}

/** An alert's name, the gate, or who it was. */
export function becauseOf({ trigger, startedBy, reason }: RollbackView): string {
  if (trigger === "operator") return reason === null ? startedBy : `${startedBy}: ${reason}`;
  return trigger === "gate" ? "the gate" : trigger;
}

/** The last rollbacks, one a line. */
export function rollbackListLines(
  answer: { readonly application: string; readonly rollbacks: readonly RollbackView[] },
  style: Style = PLAIN,
): string[] {
  const { application, rollbacks } = forPeople(answer);
  if (rollbacks.length === 0) return [`${application}: no rollback is remembered`];
  return table([
    ["ROLLBACK", "TIER", "STATUS", "BEGUN", "ENDED", "BECAUSE OF"],
    ...rollbacks.map((rollback) => [
      rollback.id,
      rollback.tier,
      statusText(rollback, style),
      clockTime(rollback.startedAt),
      rollback.endedAt === null ? "open" : clockTime(rollback.endedAt),
      becauseOf(rollback),
    ]),
  ]);
}
