import { Html, html } from "../../app/html.ts";
import type { Report } from "../../app/report/report.ts";
import type { Block, Cell, Section, Told } from "./blocks.ts";
import { chartSvg } from "./chart.ts";
import { documentOf } from "./document.ts";
import { PAGE_STYLE } from "./page-style.ts";
import { plain } from "./words.ts";

/** The report as one page that needs nothing else: no script, nothing from elsewhere. */
export function reportHtml(report: Report): string {
  const { title, status, tone, because, time, sections, foot } = documentOf(report);
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>${plain(title)} – ${status}</title>
<style>${Html.raw(PAGE_STYLE)}</style>
</head>
<body>
<header>
<h1>${plain(title)}</h1>
<p><span class="status ${tone}">${status}</span> <span class="dim">${time}</span></p>
<p>${plain(because.join("; "))}</p>
</header>
<main>
${sections.map(sectionHtml)}</main>
<footer>${plain(foot)}</footer>
</body>
</html>
`;
  return page.toString();
}

function sectionHtml({ title, blocks }: Section): Html {
  return html`<section>
<h2>${title}</h2>
${blocks.map(blockHtml)}</section>
`;
}

function blockHtml(block: Block): Html {
  switch (block.kind) {
    case "facts":
      return html`<table class="facts"><tbody>
${block.rows.map(([label, value]) => html`<tr><th scope="row">${plain(label)}</th>${cellHtml(value)}</tr>\n`)}</tbody></table>
`;
    case "table":
      if (block.rows.length === 0) return html`<p>${block.none}</p>\n`;
      return html`<div class="scroll"><table class="rows"><thead><tr>${block.columns.map((column) => html`<th scope="col">${column}</th>`)}</tr></thead><tbody>
${block.rows.map((row) => html`<tr>${row.map(cellHtml)}</tr>\n`)}</tbody></table></div>
`;
    case "list":
      if (block.items.length === 0) return html`<p>${block.none}</p>\n`;
      return html`<ul>\n${block.items.map((item) => html`<li>${plain(item)}</li>\n`)}</ul>\n`;
    case "text":
      return html`<p>${plain(block.text)}</p>\n`;
    case "charts":
      return html`${block.charts.map((chart) => html`<figure>${chartSvg(chart)}</figure>\n`)}`;
  }
}

function cellHtml(cell: Cell): Html {
  const { text, tone, code, href, tight }: Told = typeof cell === "string" ? { text: cell } : cell;
  const word = plain(text);
  const shown = code ? html`<code>${word}</code>` : html`${word}`;
  const link = isAddress(href) ? html`<a href="${href}" rel="noreferrer">${shown}</a>` : shown;
  const names = [...(tone === undefined || tone === "none" ? [] : [tone]), ...(tight ? ["tight"] : [])];
  return names.length === 0 ? html`<td>${link}</td>` : html`<td class="${names.join(" ")}">${link}</td>`;
}

/** Labels and annotations are other people's: what a browser would run is no address. */
export function isAddress(href: string | undefined): href is string {
  return href !== undefined && /^(?:https?:\/\/|mailto:)[^\s<>"'`\p{Cc}]+$/iu.test(href);
}
