import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";
import type { MailDocument } from "../../../../src/adapters/notify/email/mail-document.ts";
import { mailHtml } from "../../../../src/adapters/notify/email/mail-html.ts";
import { mailText } from "../../../../src/adapters/notify/email/mail-text.ts";

/**
 * Compares both forms of a mail with `test/golden/notify/email/<name>.txt` and `.html`. `UPDATE_GOLDEN=1 npm test` writes the
 * files anew: read the difference, and look at the page, before committing.
 */
export function expectGoldenMail(name: string, mail: MailDocument): void {
  for (const [ending, text] of [
    ["txt", mailText(mail)],
    ["html", mailHtml(mail)],
  ] as const) {
    const file = new URL(`../../../golden/notify/email/${name}.${ending}`, import.meta.url);
    if (process.env.UPDATE_GOLDEN === "1") {
      mkdirSync(new URL(".", file), { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "a golden file, which is missing");
  }
}
