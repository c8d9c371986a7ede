import { type Block, isEmpty, type MailDocument } from "./mail-document.ts";

/** A mail for who reads no HTML, as people would write it. */
export function mailText({ mark, badge, headline, lead, blocks, foot }: MailDocument): string {
  const sections = [
    ...(mark === null ? [] : [`*** ${mark} ***`]),
    `${badge}: ${headline}`,
    ...lead,
    ...blocks.filter((block) => !isEmpty(block)).map(section),
  ];
  // Clients take what is below the two dashes for the signature.
  return `${sections.join("\n\n")}\n\n-- \n${foot.join("\n")}\n`;
}

function section(block: Block): string {
  const heading = block.heading.toUpperCase();
  return [heading, "-".repeat(heading.length), ...linesOf(block)].join("\n");
}

function linesOf(block: Block): string[] {
  switch (block.kind) {
    case "facts":
      return block.rows.map(([name, value]) => `${name}: ${value}`);
    case "list":
      return block.items.map((item) => `- ${item}`);
    case "changes":
      return [
        ...block.rows.map(({ name, before, after }) => `${name}: ${before} → ${after}`),
        ...(block.more === 0 ? [] : [`and ${block.more} more`]),
      ];
    case "links":
      return block.links.map(({ name, url }) => `${name}: ${url}`);
  }
}
