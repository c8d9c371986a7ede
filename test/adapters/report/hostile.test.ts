import { describe, expect, test } from "@jest/globals";
import { chartFile } from "../../../src/adapters/report/chart.ts";
import { reportHtml } from "../../../src/adapters/report/html.ts";
import { reportJson } from "../../../src/adapters/report/json.ts";
import { reportMarkdown } from "../../../src/adapters/report/markdown.ts";
import type { ChartView, IncidentReport } from "../../../src/app/report/report.ts";
import { GenesisStory } from "../../app/report/genesis-story.ts";

const TEXTS = [
  '<script>alert(1)</script><img src=x onerror="alert(1)">',
  "a | b\n| --- | --- |\n# heading\n- list",
  "`code` ``more`` ***bold*** [link](javascript:alert(1)) ![picture](http://evil.example/x.png)",
  "\u001b[31mred\u001b[0m \u202egnp.exe \u0085 \u2028 end",
  "</style></title></svg>--><!-- ' \" & &lt;",
  "<https://evil.example> https://good.example/?a=1&b=2",
  "x".repeat(10_000),
];

/** An incident in which every text of other people is the same. */
async function incidentOf(text: string): Promise<IncidentReport> {
  const report = (await new GenesisStory().whole().report({ kind: "incident" })) as IncidentReport;
  const { alert, acknowledgements, charts, timeline, notDone, flags } = report;
  if (alert === null) throw new Error("there is an alert");
  return {
    ...report,
    heading: text,
    because: [text],
    rollback: { ...report.rollback, trigger: text, reason: text, startedBy: text },
    alert: {
      ...alert,
      name: text,
      labels: { [text]: text },
      summary: text,
      description: text,
      runbook: text,
    },
    timeline: timeline.map((step) => ({ ...step, what: text, by: text, text })),
    flags: flags.map((flag) => ({ ...flag, flag: text })),
    notDone: notDone.map((each) => ({ ...each, what: text, why: text })),
    acknowledgements: acknowledgements.map((each) => ({ ...each, by: text, text })),
    nextSteps: [{ text, at: null }],
    unknown: [text],
    links: [{ name: text, url: text }],
    contacts: [{ role: text, name: text, email: text, escalation: text }],
    quarantine: [text],
    charts: charts.map((chart) => ({
      ...chart,
      title: text,
      marks: chart.marks.map((mark) => ({ ...mark, label: text })),
    })),
  };
}

/** Controls but for the line feed, and what turns the direction of a text around. */
const COMMANDING = /[\u200e\u200f\u2028-\u202e\u2066-\u2069]|[^\P{Cc}\n]/u;

test("no bare word of others is a link or a mention on GitHub, and no address ends its own brackets", async () => {
  const written = reportMarkdown(
    await incidentOf("see http://evil.example www.evil.example @everyone (@ada)"),
  );
  // In code there is neither.
  expect(written.replaceAll(/`[^`]*`/g, "")).not.toMatch(/\bwww\.|http:\/\/evil|@/);
  expect(written).toContain("http&#58;//evil.example www&#46;evil.example `@`everyone (`@`ada)");
  const address = reportMarkdown(await incidentOf("https://wiki.example/a\\b\\"));
  expect(address).toContain("](<https://wiki.example/a%5Cb%5C>)");
});

describe.each(TEXTS)("with %j in it", (text) => {
  test("a page has no markup of others, no script, and nothing from elsewhere", async () => {
    const page = reportHtml(await incidentOf(text));
    const ours = reportHtml(await incidentOf("harmless"));
    const tags = (html: string): string[] =>
      (html.match(/<\/?[A-Za-z!][^\s>]*/g) ?? []).filter((tag) => !/^<\/?a$/.test(tag));
    expect(tags(page)).toEqual(tags(ours));
    const markup = (page.match(/<[^>]*>/g) ?? []).join("\n");
    expect(markup).not.toMatch(/<script|<img|\son\w+=|\ssrc=|\sstyle=/i);
    expect(markup).not.toMatch(/href="(?!https?:|mailto:)/);
    expect(page.match(/<style>[^<]*<\/style>/g)?.join("")).not.toMatch(/url\(|@import/);
    expect(page).not.toMatch(COMMANDING);
  });

  test("a picture is whole XML", async () => {
    const { charts } = await incidentOf(text);
    const picture = chartFile(charts[0] as ChartView);
    expect(picture.match(/<svg/g)).toHaveLength(1);
    expect(picture).not.toContain("<script");
    expect(picture.match(/<[^>]*</)).toBeNull();
    expect(picture).not.toMatch(COMMANDING);
  });

  test("Markdown keeps its tables and headings", async () => {
    const shape = (markdown: string): string[] =>
      markdown.split("\n").map((line) => {
        if (!line.startsWith("|")) return /^(?:#+ |- |---$|!\[)?/.exec(line)?.[0] ?? "";
        return `row of ${line.replaceAll(/\\[\\|`]/g, "").split("|").length}`;
      });
    const written = reportMarkdown(await incidentOf(text));
    expect(shape(written)).toEqual(shape(reportMarkdown(await incidentOf("harmless"))));
    expect(written).not.toMatch(COMMANDING);
    // Whatever looks like markup has a backslash before it.
    expect(
      written
        .replaceAll(/(`+) ?.*?\1/g, "")
        .replaceAll(/\\./g, "")
        .replaceAll(/\]\(<[^>]*>\)/g, ""),
    ).not.toMatch(/<(?:script|img|https)/i);
  });

  test("JSON is the report itself, and commands no terminal", async () => {
    const report = await incidentOf(text);
    const written = reportJson(report);
    expect(JSON.parse(written)).toEqual(JSON.parse(JSON.stringify(report)));
    expect(written).not.toMatch(COMMANDING);
  });
});
