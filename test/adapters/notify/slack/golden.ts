import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";

/** Compares with `test/golden/notify/slack/<name>.json`, which `UPDATE_GOLDEN=1` writes anew. Its `blocks` can be pasted into Slack's Block Kit Builder. */
export function expectGolden(name: string, message: unknown): void {
  const file = new URL(`../../../golden/notify/slack/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(message, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
  expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "a golden file, which is missing");
}
