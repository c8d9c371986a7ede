import type { Issue, ProgressReport, RolloutFacts, StageResult } from "../../app/report/report.ts";
import type { Cell, Section, Tone } from "./blocks.ts";
import { chartsSection, lastSections, metricsSection, nextSection, toneOf } from "./common-sections.ts";
import { bareTime, durationText, timeText } from "./words.ts";

/** The sections of the seeds' templates, in their order. */
export function progressSections(report: ProgressReport): Section[] {
  const { issues, decision, finalSuccess, firing, kind, rollout } = report;
  return [
    summary(report),
    ...(kind === "stage" || rollout === null ? [] : [stagesSection(report)]),
    metricsSection(kind === "day" || kind === "final" ? "Final metrics" : "Metrics", report),
    chartsSection(report),
    issuesSection(issues),
    ...(firing === null
      ? []
      : [
          {
            title: "Alerts firing now",
            blocks: [
              {
                kind: "list" as const,
                items: firing.map(
                  ({ alert, severity, startsAt, silenced }) =>
                    `${alert} (${severity ?? "no severity"}${silenced ? ", silenced" : ""}), since ${timeText(startsAt)}`,
                ),
                none: "None.",
              },
            ],
          },
        ]),
    ...(decision === null
      ? []
      : [
          {
            title: kind === "stage" ? "Go/no-go decision" : "Decision",
            blocks: [
              {
                kind: "facts" as const,
                rows: [
                  ["Decision", decision.decision] as const,
                  ...(decision.at === null
                    ? []
                    : [["Decided", `${timeText(decision.at)} by ${decision.by ?? "nobody"}`] as const]),
                  ["Rationale", decision.rationale] as const,
                ],
              },
            ],
          },
        ]),
    ...(finalSuccess === null
      ? []
      : [
          {
            title: "Final success",
            blocks: [
              {
                kind: "facts" as const,
                rows: [
                  ["Met", { text: metText(finalSuccess.met), tone: metTone(finalSuccess.met) }] as const,
                  ["Why", finalSuccess.detail] as const,
                ],
              },
            ],
          },
        ]),
    nextSection(report.nextSteps),
    ...progressSection(report),
    ...lastSections(report),
  ];
}

function metText(met: boolean | null): string {
  return met === null ? "not known yet" : met ? "yes" : "no";
}

function metTone(met: boolean | null): Tone {
  return met === null ? "none" : met ? "good" : "warn";
}

function summary(report: ProgressReport): Section {
  const { rollout, traffic, stages, autoRollback, rollbacks, kind } = report;
  const [only] = stages;
  const counted = stages.flatMap(({ checks }) => (checks === null ? [] : [checks]));
  const rows: (readonly [string, Cell])[] = [
    ["Traffic", trafficText(traffic)],
    ...(rollout === null
      ? [["Rollout", "none in this time"] as const]
      : [
          ["Rollout", rolloutText(rollout)] as const,
          ...(rollout.attempt > 1 ? [["Attempt", String(rollout.attempt)] as const] : []),
        ]),
    ...(kind === "stage" && only !== undefined ? stageRows(only) : []),
    ...(kind !== "stage" && rollout !== null
      ? [
          [
            "Checks performed",
            counted.length === 0
              ? "not counted"
              : `${counted.reduce((sum, each) => sum + each, 0)} by the gates of ${counted.length} of ${stages.length} stages`,
          ] as const,
        ]
      : []),
    [
      "Auto-rollback triggered",
      {
        text: autoRollback ? `YES: ${rollbacks.map(({ id, tier }) => `${id} (${tier})`).join(", ")}` : "NO",
        tone: autoRollback ? "bad" : "good",
      },
    ],
  ];
  return { title: "Summary", blocks: [{ kind: "facts", rows }] };
}

function rolloutText({ plan, id, startedAt, startedBy, state, endedAt }: RolloutFacts): string {
  const since = endedAt === null ? "" : ` since ${timeText(endedAt)}`;
  return `${plan} (${id}), begun ${timeText(startedAt)} by ${startedBy}; ${state.replace("_", " ")}${since}`;
}

function trafficText({ before, after, highest }: ProgressReport["traffic"]): string {
  const most = highest > Math.max(before, after) ? `, at most ${highest} %` : "";
  return `${before} % → ${after} %${most}`;
}

function stageRows({
  name,
  deployedAt,
  endedAt,
  bakeSeconds,
  seenSeconds,
  checks,
  checkEverySeconds,
  verdict,
}: StageResult) {
  const seen =
    seenSeconds === null
      ? ""
      : `; good checks vouched for ${durationText(seenSeconds)} in the bake that decides`;
  return [
    ["Stage", name] as const,
    ["Deployed", timeText(deployedAt)] as const,
    ["Left", endedAt === null ? "not yet" : timeText(endedAt)] as const,
    ["Bake", `${durationText(bakeSeconds)} planned${seen}`] as const,
    [
      "Checks performed",
      checks === null
        ? "not counted"
        : `${checks} in that bake (every ${durationText(checkEverySeconds)}, looked at in between at least once a minute)`,
    ] as const,
    ["Gate", { text: verdict ?? "not judged yet", tone: toneOf(verdict) }] as const,
  ];
}

const RESULT_TONES: Readonly<Record<StageResult["result"], Tone>> = {
  SUCCESS: "good",
  RUNNING: "none",
  HOLDING: "warn",
  PAUSED: "warn",
  ABORTED: "warn",
  FAILED: "bad",
};

function stagesSection({ stages }: ProgressReport): Section {
  const rows = stages.map((stage): Cell[] => [
    stage.name.startsWith(`stage ${stage.stage}`) ? stage.name : `${stage.stage}. ${stage.name}`,
    `${stage.traffic} %`,
    { text: stage.result, tone: RESULT_TONES[stage.result] },
    { text: bareTime(stage.deployedAt), tight: true },
    { text: stage.endedAt === null ? "goes on" : bareTime(stage.endedAt), tight: true },
    stage.checks === null ? "not counted" : String(stage.checks),
    { text: stage.verdict ?? "not judged", tone: toneOf(stage.verdict) },
    stage.issues === 0 ? "none" : String(stage.issues),
  ]);
  const columns = ["Stage", "Traffic", "Result", "Deployed (UTC)", "Left (UTC)", "Checks", "Gate", "Issues"];
  return {
    title: "Stage by stage",
    blocks: [{ kind: "table", columns, rows, none: "No stage was baking in this time." }],
  };
}

const NAMES = { P0: "Critical (P0)", P1: "High (P1)", P2: "Medium (P2)" } as const;
const RESOLUTION_TONES = { RESOLVED: "good", MONITORING: "warn", INVESTIGATING: "bad" } as const;

function issuesSection(issues: readonly Issue[]): Section {
  const rows = issues.map(({ at, severity, text, resolution, resolvedAt }): Cell[] => [
    { text: bareTime(at), tight: true },
    severity,
    text,
    {
      text: resolvedAt === null ? resolution : `${resolution} ${bareTime(resolvedAt)}`,
      tone: RESOLUTION_TONES[resolution],
    },
  ]);
  const counts = (["P0", "P1", "P2"] as const).flatMap((severity) => {
    const own = issues.filter((issue) => issue.severity === severity);
    const open = own.filter(({ resolution }) => resolution !== "RESOLVED").length;
    return own.length === 0
      ? []
      : [`${NAMES[severity]}: ${own.length}, ${open === 0 ? "all resolved" : `${open} open`}`];
  });
  return {
    title: "Issues encountered",
    blocks: [
      ...(counts.length === 0 ? [] : [{ kind: "text" as const, text: `${counts.join(". ")}.` }]),
      {
        kind: "table",
        columns: ["Time (UTC)", "Severity", "Issue", "Resolution (UTC)"],
        rows,
        none: "None.",
      },
    ],
  };
}

function progressSection({ progress, rollout, traffic }: ProgressReport): Section[] {
  if (progress === null || rollout === null) return [];
  const { completed, stages, percent, timeline, bySeconds, estimatedEnd } = progress;
  const late =
    timeline === "behind" || timeline === "ahead" ? `${durationText(bySeconds)} ${timeline}` : timeline;
  return [
    {
      title: "Progress",
      blocks: [
        {
          kind: "facts",
          rows: [
            ["Completed", `${completed}/${stages} stages (${percent} %)`],
            ["Rollout percentage", `${traffic.after} %`],
            [
              "Timeline",
              { text: late, tone: timeline === "behind" || timeline === "stopped" ? "warn" : "good" },
            ],
            ...(estimatedEnd === null
              ? []
              : [["Estimated completion", `${timeText(estimatedEnd)}, if everything stays green`] as const]),
          ],
        },
      ],
    },
  ];
}
