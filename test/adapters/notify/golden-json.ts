import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";

/**
 * Compares JSON with `test/golden/notify/<name>.json`. `UPDATE_GOLDEN=1 npm test` writes the files anew: read the difference
 * before committing.
 */
export function expectGoldenJson(name: string, value: unknown): void {
  const file = new URL(`../../golden/notify/${name}.json`, import.meta.url);
  const text = `${JSON.stringify(value, null, 2)}\n`;
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "a golden file, which is missing");
}
