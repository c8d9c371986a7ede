import type { DoneAnswer, TriedAnswer } from "../answers.ts";
import { changeLines, countOf } from "./changes-text.ts";
import { warningLines } from "./override-text.ts";
import { forPeople } from "./printable.ts";
import { quotedName } from "./stage-name.ts";
import type { Style } from "./style.ts";
import { duration } from "./times.ts";

/** What a command did: in the server's words, then where the rollout stands and what it changed. */
export function doneLines(answer: DoneAnswer, style: Style): string[] {
  const { application, reason, detail, warning, revision, traffic, flags, rollout } = forPeople(answer);
  const stage = rollout?.stages[rollout.stage - 1];
  return [
    `${application}: ${detail ?? reason ?? "done"}`,
    ...warningLines(warning, style),
    `  ${traffic} % of traffic, revision ${revision}`,
    ...(rollout !== null && rollout.endedAt === null && stage !== undefined
      ? [
          `  stage ${rollout.stage} of ${rollout.stages.length}${quotedName(stage)}: ${rollout.state}, bakes ${duration(stage.bakeSeconds)}`,
        ]
      : []),
    ...changed(flags, style),
  ];
}

/** What a command would do, with nobody committing. */
export function triedLines(answer: TriedAnswer, style: Style): string[] {
  const { application, would, flags } = forPeople(answer);
  const said = would.detail ?? would.reason ?? "nothing would happen";
  return would.reason === "refused"
    ? [`${application}: it would be refused: ${said}`]
    : [
        `${application}: dry run, nothing changed. It would be: ${said}`,
        ...warningLines(would.warning, style),
        ...changed(flags, style),
      ];
}

function changed(flags: DoneAnswer["flags"], style: Style): string[] {
  if (flags.length === 0) return [];
  return [`  ${countOf(flags.length, "flag")}:`, ...changeLines(flags, style).map((line) => `    ${line}`)];
}
