import type { ScheduledStageView } from "../../app/describe-schedule.ts";
import type { PlannedAnswer } from "../answers.ts";
import { changeLines, countOf } from "./changes-text.ts";
import { forPeople } from "./printable.ts";
import { quotedName } from "./stage-name.ts";
import type { Style } from "./style.ts";
import { table } from "./table.ts";
import { clockTime, duration } from "./times.ts";

/** The whole schedule of a deploy: when each stage begins and ends, what it sets, and what its gate asks for. */
export function scheduleLines(answer: PlannedAnswer, style: Style): string[] {
  const { application, plan, schedule } = forPeople(answer);
  const first = schedule[0]?.startsAt ?? "";
  const last = schedule.at(-1)?.endsAt ?? "";
  const seconds = (Date.parse(last) - Date.parse(first)) / 1_000;
  return [
    style.paint.bold(
      `${application}: ${plan}, ${countOf(schedule.length, "stage")}, ${duration(seconds)} in all`,
    ),
    `begun now, and all green, it ends ${clockTime(last)}`,
    ...schedule.flatMap((stage, index) => [
      "",
      style.paint.bold(`stage ${stage.stage}${quotedName(stage)}: ${stage.traffic} % of traffic`),
      ...stageLines(stage, schedule.slice(0, index), style).map((line) => `  ${line}`),
    ]),
  ];
}

function stageLines(
  stage: ScheduledStageView,
  before: readonly ScheduledStageView[],
  style: Style,
): string[] {
  const { startsAt, endsAt, bakeSeconds, checkEverySeconds, approval, flags } = stage;
  return [
    `${clockTime(startsAt)} to ${clockTime(endsAt)}; bakes ${duration(bakeSeconds)}, looked at every ${duration(checkEverySeconds)}`,
    ...gateLines(stage, before),
    ...(approval ? ["then it waits for an operator: rollguard approve"] : []),
    flags.length === 0
      ? "no flag changes"
      : `${countOf(flags.length, "flag")} change${flags.length === 1 ? "s" : ""}:`,
    ...changeLines(flags, style).map((line) => `  ${line}`),
  ];
}

/** A gate that was told before is not told again. */
function gateLines({ gate, criteria }: ScheduledStageView, before: readonly ScheduledStageView[]): string[] {
  const told = before.find(
    (other) => other.gate === gate && JSON.stringify(other.criteria) === JSON.stringify(criteria),
  );
  if (told !== undefined) return [`gate ${gate}, as in stage ${told.stage}`];
  const rows = criteria.map(({ metric, green, red, judged }) => [
    metric,
    `green ${green}`,
    red === null ? "never red" : `red ${red}`,
    judged,
  ]);
  return [`gate ${gate}:`, ...table(rows).map((line) => `  ${line}`)];
}
