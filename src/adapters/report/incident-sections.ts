import type { IncidentReport } from "../../app/report/report.ts";
import type { Cell, Section } from "./blocks.ts";
import { chartsSection, lastSections, metricsSection, nextSection } from "./common-sections.ts";
import { bareTime, durationText, timeText } from "./words.ts";

/** What happened, what was done, what was not, and what is left to do. */
export function incidentSections(report: IncidentReport): Section[] {
  return [
    summary(report),
    ...alertSection(report),
    timelineSection(report),
    durationsSection(report),
    flagsSection(report),
    verificationSection(report),
    chartsSection(report),
    metricsSection("Metrics", report),
    notDoneSection(report),
    acknowledgedSection(report),
    nextSection(report.nextSteps),
    ...lastSections(report),
  ];
}

function summary({
  rollback,
  traffic,
  flags,
  withinBudget,
  budgetSeconds,
  durations,
}: IncidentReport): Section {
  const total = durations.find(({ part }) => part === "total")?.seconds ?? null;
  const budget = durationText(budgetSeconds);
  const rows: (readonly [string, Cell])[] = [
    ["Rollback", { text: rollback.id, code: true }],
    ["Tier", rollback.tier],
    ["Because of", rollback.reason === null ? rollback.trigger : `${rollback.trigger}: ${rollback.reason}`],
    ["Begun", `${timeText(rollback.startedAt, "second")} by ${rollback.startedBy}`],
    ...(rollback.escalatedAt === null
      ? []
      : [["Made more severe", timeText(rollback.escalatedAt, "second")] as const]),
    ["Verified", rollback.verifiedAt === null ? "no" : timeText(rollback.verifiedAt, "second")],
    ["Ended", rollback.endedAt === null ? "no: it is open" : timeText(rollback.endedAt, "second")],
    ["Traffic", traffic === null ? "not touched" : `${traffic.before} % → ${traffic.after} %`],
    ["Flags turned down", String(flags.length)],
    [
      "Time to rolled back and verified",
      total === null
        ? `never known to have helped; the budget is ${budget}`
        : { text: `${durationText(total)}, budget ${budget}`, tone: withinBudget ? "good" : "bad" },
    ],
  ];
  return { title: "Summary", blocks: [{ kind: "facts", rows }] };
}

function alertSection({ alert }: IncidentReport): Section[] {
  if (alert === null) return [];
  const labels = Object.entries(alert.labels).map(([name, value]) => `${name}="${value}"`);
  const { runbook } = alert;
  const rows: (readonly [string, Cell])[] = [
    ["Alert", alert.name],
    ["Firing since", timeText(alert.startsAt, "second")],
    ...(alert.summary === null ? [] : [["Summary", alert.summary] as const]),
    ...(alert.description === null ? [] : [["Description", alert.description] as const]),
    ...(runbook === null ? [] : [["Runbook", { text: runbook, href: runbook }] as const]),
    ["Labels", labels.length === 0 ? "none" : labels.join(", ")],
  ];
  return [{ title: "Alert", blocks: [{ kind: "facts", rows }] }];
}

function timelineSection({ timeline }: IncidentReport): Section {
  const rows = timeline.map(({ at, afterSeconds, what, by, text }): Cell[] => [
    { text: bareTime(at, "second"), tight: true },
    {
      text: afterSeconds < 0 ? `−${durationText(-afterSeconds)}` : `+${durationText(afterSeconds)}`,
      tight: true,
    },
    { text: what.replaceAll("_", " "), tight: true },
    by ?? "–",
    text,
  ]);
  const columns = ["Time (UTC)", "After", "What", "By", "Details"];
  const none = "The ledger has no events of it any more.";
  return { title: "Timeline", blocks: [{ kind: "table", columns, rows, none }] };
}

function durationsSection({ durations, propagation, budgetSeconds }: IncidentReport): Section {
  const rows = durations.map(({ part, what, seconds }): Cell[] => [
    part,
    seconds === null
      ? part === "propagated" && propagation?.clients === 0
        ? "no client"
        : "not known"
      : part === "total"
        ? { text: durationText(seconds), tone: seconds <= budgetSeconds ? "good" : "bad" }
        : durationText(seconds),
    what,
  ]);
  const reached =
    propagation === null
      ? "How it reached the clients is not known."
      : propagation.clients === 0
        ? "No client was connected when it was stored."
        : `${propagation.reached} of ${propagation.clients} connected clients had asked for the new flags${propagation.reached < propagation.clients ? ` within ${durationText(propagation.waitedSeconds)}` : ""}.`;
  return {
    title: "What it took",
    blocks: [
      { kind: "table", columns: ["Part", "Took", "What"], rows, none: "" },
      { kind: "text", text: `The budget of the tier is ${durationText(budgetSeconds)}. ${reached}` },
    ],
  };
}

function flagsSection({ flags, quarantine }: IncidentReport): Section {
  const rows = flags.map(({ flag, before, after }): Cell[] => [
    { text: flag, code: true },
    before,
    after,
    quarantine.includes(flag) ? { text: "in quarantine", tone: "warn" } : "let out, or free",
  ]);
  const none = "None was turned down: they were off already.";
  return {
    title: "Flags",
    blocks: [{ kind: "table", columns: ["Flag", "Before", "After", "Now"], rows, none }],
  };
}

function verificationSection({ verification, because }: IncidentReport): Section {
  return {
    title: "Whether it helped",
    blocks: [{ kind: "list", items: [...verification, ...because], none: "" }],
  };
}

function notDoneSection({ notDone }: IncidentReport): Section {
  const rows = notDone.map(({ what, why, times }): Cell[] => [
    what,
    why,
    times === null ? "–" : times === 1 ? "once" : `${times} times`,
  ]);
  const none = "Nothing was asked for that was not done.";
  return {
    title: "What was not done, and why",
    blocks: [{ kind: "table", columns: ["What", "Why", "How often"], rows, none }],
  };
}

function acknowledgedSection({ acknowledgements, quarantine }: IncidentReport): Section {
  const rows = acknowledgements.map(({ at, by, text }): Cell[] => [
    { text: bareTime(at, "second"), tight: true },
    by,
    text,
  ]);
  const held =
    quarantine.length === 0
      ? "No flag of it is in quarantine."
      : `Still in quarantine: ${quarantine.join(", ")}.`;
  return {
    title: "Acknowledged",
    blocks: [
      {
        kind: "table",
        columns: ["Time (UTC)", "By", "Words"],
        rows,
        none: "Nobody has acknowledged it yet.",
      },
      { kind: "text", text: held },
    ],
  };
}
