import { type Html, html } from "../../../app/html.ts";
import { type Block, isEmpty, type MailDocument, type Tone } from "./mail-document.ts";

/**
 * Clients know little CSS: all of it is in attributes, and nothing is fetched. Texts have the client's own colors, so that they
 * are right in the dark too; what has colors of its own has both.
 */
const FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif";
const MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace;font-size:14px";
/** What has no space in it breaks anywhere, or a telephone would have to be scrolled sideways. */
const BREAKS = "overflow-wrap:anywhere;word-break:break-word";
/** But what is no longer than this takes its room from what is beside it. */
const LONG_WORD = /\S{25}/;
const WHOLE_WORDS = "overflow-wrap:normal;word-break:normal";
const LINE = "1px solid #98a2b3";

const COLORS: Readonly<Record<Tone, string>> = {
  bad: "#b42318",
  warn: "#b54708",
  good: "#067647",
  calm: "#475467",
};

/** A mail as a page of one column. */
export function mailHtml(mail: MailDocument): string {
  const { mark, badge, tone, headline, lead, blocks, foot } = mail;
  const page = html`<!doctype html>
<html lang="en" style="color-scheme:light dark">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="supported-color-schemes" content="light dark">
<meta name="format-detection" content="telephone=no,date=no,address=no,email=no">
<title>${badge}: ${headline}</title>
</head>
<body style="margin:0;padding:0;${FONT};font-size:16px;line-height:1.5;${BREAKS}">
<div style="max-width:640px;margin:0 auto;padding:20px 16px">
${mark === null ? null : html`<p style="margin:0 0 16px;padding:8px 12px;border:2px dashed ${COLORS.warn};border-radius:6px"><strong>${mark}</strong></p>\n`}<p style="margin:0 0 8px"><span style="display:inline-block;padding:2px 10px;border-radius:4px;background-color:${COLORS[tone]};color:#ffffff;font-size:14px;font-weight:bold">${badge}</span></p>
<h1 style="margin:0 0 12px;font-size:20px;line-height:1.3">${headline}</h1>
${lead.map((text) => html`<p style="margin:0 0 12px">${text}</p>\n`)}${blocks.filter((block) => !isEmpty(block)).map(section)}<div style="margin:28px 0 0;padding:12px 0 0;border-top:${LINE};font-size:13px;line-height:1.5">
${foot.map((text) => html`<div>${text}</div>\n`)}</div>
</div>
</body>
</html>
`;
  return page.toString();
}

function section(block: Block): Html {
  const inside = html`<h2 style="margin:0 0 6px;font-size:16px;line-height:1.4">${block.heading}</h2>
${contentOf(block)}`;
  if (block.kind === "list" && block.urgent)
    return html`<div style="margin:20px 0 0;padding:10px 14px;border:${LINE};border-left:5px solid ${COLORS.warn};border-radius:6px">
${inside}</div>
`;
  return html`<div style="margin:24px 0 0">
${inside}</div>
`;
}

function contentOf(block: Block): Html {
  switch (block.kind) {
    case "facts":
      return table(
        block.rows.map(([name, value]) =>
          row([
            cell(name, `width:32%;padding-right:12px;${LONG_WORD.test(name) ? "" : WHOLE_WORDS}`),
            cell(value),
          ]),
        ),
      );
    case "list":
      return html`<ul style="margin:0;padding:0 0 0 20px">
${block.items.map((item) => html`<li style="margin:0 0 4px">${item}</li>\n`)}</ul>
`;
    case "changes":
      return html`${table(
        block.rows.map(({ name, before, after }) =>
          row([
            cell(parted(name), `padding-right:12px;${MONO}`),
            cell(`${before} → ${after}`, "white-space:nowrap;text-align:right"),
          ]),
        ),
      )}${block.more === 0 ? null : html`<p style="margin:6px 0 0">and ${block.more} more</p>\n`}`;
    case "links":
      return html`<p style="margin:0">
${block.links.map(({ name, url }) => html`<a href="${url}" style="display:inline-block;margin:0 8px 8px 0;padding:6px 14px;border:${LINE};border-radius:6px;text-decoration:none;font-weight:bold">${name}</a>\n`)}</p>
`;
  }
}

/** Of nothing but rows: what reads a mail aloud is told that there is no grid in it. */
function table(rows: readonly Html[]): Html {
  return html`<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse">
${rows}</table>
`;
}

function row(cells: readonly Html[]): Html {
  return html`<tr>${cells}</tr>\n`;
}

/** @param style ours */
function cell(text: string | Html, style = ""): Html {
  return html`<td style="padding:4px 0;vertical-align:top;border-top:${LINE};${style}">${text}</td>`;
}

/** A flag's name breaks where a word of it ends. */
function parted(name: string): Html {
  return html`${name.split(/(?<=_)/).map((part, index) => html`${index === 0 ? null : html`<wbr>`}${part}`)}`;
}
