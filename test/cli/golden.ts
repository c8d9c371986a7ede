import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";

/**
 * Compares a text with `test/golden/<name>.txt`. What differs from run to run is written as `<time>`, `<id>`,
 * `<port>`, `<version>`, `<duration>`, `<directory>`. `UPDATE_GOLDEN=1 npm test` writes the files anew: read the difference before committing.
 */
export function expectGolden(name: string, text: string, directory?: string): void {
  const file = new URL(`../golden/${name}.txt`, import.meta.url);
  const steady = (directory === undefined ? text : text.replaceAll(directory, "<directory>"))
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "<time>")
    .replaceAll(/\bnext check in \w+/g, "next check in <duration>")
    .replaceAll(/\brb-(\d+)-[0-9a-z]+/g, "rb-$1-<id>")
    .replaceAll(/\bRollguard \d+\.\d+\.\d+/g, "Rollguard <version>")
    .replaceAll(/127\.0\.0\.1:\d+/g, "127.0.0.1:<port>");
  if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, steady);
  expect(steady).toBe(existsSync(file) ? readFileSync(file, "utf8") : "a golden file, which is missing");
}
