import type { Report, ReportFormat } from "../../app/report/report.ts";
import { chartFile } from "./chart.ts";
import { reportHtml } from "./html.ts";
import { reportJson } from "./json.ts";
import { reportMarkdown } from "./markdown.ts";

/** In one text. */
export function rendered(report: Report, format: ReportFormat): string {
  switch (format) {
    case "md":
      return reportMarkdown(report);
    case "html":
      return reportHtml(report);
    case "json":
      return reportJson(report);
  }
}

export interface RenderedFile {
  /** Letters, digits, `.`, `_` and `-`. */
  readonly name: string;
  readonly text: string;
}

/** As files of one directory: Markdown has its pictures beside it. */
export function renderedFiles(
  report: Report,
  formats: readonly ReportFormat[],
  name = report.name,
): RenderedFile[] {
  const picture = (id: string): string => `${name}.${id}.svg`;
  return formats.flatMap((format) => {
    const file = { name: `${name}.${format}`, text: rendered(report, format) };
    if (format !== "md") return [file];
    const pictures = report.charts.map((chart) => ({ name: picture(chart.id), text: chartFile(chart) }));
    return [...pictures, { ...file, text: reportMarkdown(report, { pictureOf: ({ id }) => picture(id) }) }];
  });
}
