import type { ChartView, Report } from "../../app/report/report.ts";
import type { Block, Cell } from "./blocks.ts";
import { documentOf } from "./document.ts";
import { isAddress } from "./html.ts";
import { plain } from "./words.ts";

export interface MarkdownOptions {
  /** The file of a chart, next to the report's; absent where there are none, and then the page has them. */
  readonly pictureOf?: (chart: ChartView) => string;
}

/** The report as GitHub's Markdown. */
export function reportMarkdown(report: Report, { pictureOf }: MarkdownOptions = {}): string {
  const { title, status, because, time, sections, foot } = documentOf(report);
  const parts = [
    `# ${escaped(title)}`,
    `**Status: ${status}** (${time})`,
    escaped(because.join("; ")),
    ...sections.flatMap((section) => [
      `## ${section.title}`,
      ...section.blocks.map((block) => blockText(block, pictureOf)),
    ]),
    "---",
    escaped(foot),
  ];
  return `${parts.filter((part) => part !== "").join("\n\n")}\n`;
}

function blockText(block: Block, pictureOf: MarkdownOptions["pictureOf"]): string {
  switch (block.kind) {
    case "facts":
      return block.rows.map(([label, value]) => `- **${escaped(label)}:** ${cellText(value)}`).join("\n");
    case "table": {
      if (block.rows.length === 0) return block.none;
      const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
      return [
        line(block.columns),
        line(block.columns.map(() => "---")),
        ...block.rows.map((row) => line(row.map(cellText))),
      ].join("\n");
    }
    case "list":
      return block.items.length === 0
        ? block.none
        : block.items.map((item) => `- ${atStart(escaped(item))}`).join("\n");
    case "text":
      return escaped(block.text);
    case "charts":
      return pictures(block.charts, pictureOf);
  }
}

function pictures(charts: readonly ChartView[], pictureOf: MarkdownOptions["pictureOf"]): string {
  if (pictureOf === undefined)
    return "The pictures are in the HTML report, and beside the Markdown one when it is written into a directory.";
  return charts.map((chart) => `![${escaped(chart.title)}](${encodeURI(pictureOf(chart))})`).join("\n\n");
}

function cellText(cell: Cell): string {
  if (typeof cell === "string") return escaped(cell);
  const { text, code, tone, href } = cell;
  if (code) return codeText(text);
  const word = tone === undefined || tone === "none" ? escaped(text) : `**${escaped(text)}**`;
  return isAddress(href)
    ? `[${ofLink(text)}](<${href.replaceAll("|", "%7C").replaceAll("\\", "%5C")}>)`
    : word;
}

/** Nothing in it is Markdown, nor a link or a mention: GitHub makes those of bare words too. */
function escaped(text: string): string {
  return (
    ofLink(text)
      .replaceAll(/\b(https?|ftp):(?=\/\/)/gi, "$1&#58;")
      .replaceAll(/\b(www)\./gi, "$1&#46;")
      // An entity is an @ again before mentions are looked for; in code there are none.
      .replaceAll(/(?<![A-Za-z0-9])@(?=[A-Za-z0-9])/g, "`@`")
  );
}

/** Nothing in it is Markdown, HTML, or the end of a cell. In a link there is no other one. */
function ofLink(text: string): string {
  return plain(text)
    .trim()
    .replaceAll("&", "&amp;")
    .replaceAll(/[\\`*[\]<>|~]/g, "\\$&")
    .replaceAll(/(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g, "\\_")
    .replaceAll(/!(?=\\\[)/g, "\\!");
}

/** What would begin a heading, another list or a quotation. */
function atStart(text: string): string {
  return text.replace(/^(?=[#+\-=>])/, "\\").replace(/^(\d+)([.)])/, "$1\\$2");
}

/** Longer ticks than any within; a cell ends at a bar even in there. */
function codeText(text: string): string {
  const name = plain(text).trim().replaceAll("|", "\\|");
  const longest = Math.max(0, ...(name.match(/`+/g) ?? []).map(({ length }) => length));
  const ticks = "`".repeat(longest + 1);
  const room = longest > 0 ? " " : "";
  return `${ticks}${room}${name}${room}${ticks}`;
}
