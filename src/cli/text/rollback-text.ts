import type { RollbackView } from "../../app/describe-rollback.ts";
import type { Reason } from "../../domain/reason.ts";
import type { TierName } from "../../domain/tier.ts";
import type { DoneAnswer, TriedAnswer } from "../answers.ts";
import { changeLines, countOf } from "./changes-text.ts";
import { warningLines } from "./override-text.ts";
import { forPeople } from "./printable.ts";
import { otherwise } from "./rollback-status-text.ts";
import { arrow, type Style } from "./style.ts";

interface Asked {
  readonly tier: TierName;
  readonly shutdown: boolean;
  /** As it was named; without, it goes without saying in the next command too. */
  readonly application: string | undefined;
}

/** What a rollback by hand turned down, and what to do next. */
export function rolledBackLines(answer: DoneAnswer, asked: Asked, style: Style): string[] {
  const { application, reason, detail, warning, revision, traffic, flags, rollback } = forPeople(answer);
  const by = detail === null ? "" : ` ${detail}`;
  const heads: Partial<Record<Reason, string>> = {
    already_rolled_back: `nothing was left to turn down (${asked.tier})`,
    escalated: `the open rollback goes on as ${rollback?.tier ?? asked.tier}`,
  };
  const head = (reason && heads[reason]) ?? `rolled back (${asked.tier})`;
  return [
    `${application}: ${head}${by}`,
    ...warningLines(warning, style),
    `  ${traffic} % of traffic, revision ${revision}`,
    ...(flags.length === 0 && reason === "escalated" ? ["  nothing more was left to turn down"] : []),
    ...changed(flags, style),
    ...(rollback === null ? [] : afterwards(rollback, asked, style)),
  ];
}

function afterwards(rollback: RollbackView, { shutdown, application }: Asked, style: Style): string[] {
  const { id } = rollback;
  const { paint } = style;
  const call = (command: string): string =>
    paint.bold(`rollguard ${command}${application === undefined ? "" : ` --application ${application}`}`);
  const to = arrow(style);
  return [
    `  ${paint.yellow(`rollback ${id} is being verified`)}, ${otherwise(rollback)}`,
    `  ${to} see how it goes: ${call("status --watch")}, or ${call(`rollbacks show ${id}`)}`,
    `  ${to} when the cause is mended: ${call(`acknowledge ${id} --reason TEXT`)}; until then nothing of it is raised`,
    ...(shutdown
      ? [`  ${to} the kill switch stays on until ${call("shutdown off --reason TEXT")}, after the rollback`]
      : []),
  ];
}

/** What it would turn down. */
export function wouldRollBackLines(answer: TriedAnswer, tier: TierName, style: Style): string[] {
  const { application, would, flags, traffic } = forPeople(answer);
  if (would.reason === "refused") return [`${application}: it would be refused: ${would.detail ?? ""}`];
  const what =
    flags.length === 0
      ? `nothing is left to turn down (${tier}); it would begin all the same, and be verified`
      : would.reason === "escalated"
        ? `it would join the open rollback (${tier})`
        : `it would roll back (${tier})`;
  return [
    `${application}: dry run, nothing changed: ${what}`,
    ...warningLines(would.warning, style),
    ...(traffic ? [`  traffic ${traffic.before} ${arrow(style)} ${traffic.after} %`] : []),
    ...changed(flags, style),
  ];
}

function changed(flags: DoneAnswer["flags"], style: Style): string[] {
  if (flags.length === 0) return [];
  return [`  ${countOf(flags.length, "flag")}:`, ...changeLines(flags, style).map((line) => `    ${line}`)];
}
