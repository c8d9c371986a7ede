import type { Report } from "../../app/report/report.ts";
import type { ReportDocument, Tone } from "./blocks.ts";
import { incidentSections } from "./incident-sections.ts";
import { progressSections } from "./progress-sections.ts";
import { timeText } from "./words.ts";

const TONES: Readonly<Record<Report["status"], Tone>> = {
  "ON TRACK": "good",
  SUCCESS: "good",
  VERIFIED: "good",
  "NO ROLLOUT": "none",
  "AT RISK": "warn",
  PARTIAL: "warn",
  VERIFYING: "warn",
  ENDED: "warn",
  "ROLLED BACK": "bad",
  FAILED: "bad",
  UNVERIFIED: "bad",
};

export function documentOf(report: Report): ReportDocument {
  const sections = report.kind === "incident" ? incidentSections(report) : progressSections(report);
  const precision = report.kind === "incident" ? "second" : "minute";
  return {
    title: report.heading,
    status: report.status,
    tone: TONES[report.status],
    because: report.because,
    time: `${timeText(report.from, precision)} – ${timeText(report.to, precision)}`,
    sections,
    foot: `Prepared by ${report.preparedBy}. Report time: ${timeText(report.reportedAt, "second")}.`,
  };
}
