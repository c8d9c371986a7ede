import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { expect } from "@jest/globals";
import { reportJson } from "../../../src/adapters/report/json.ts";
import { reportMarkdown } from "../../../src/adapters/report/markdown.ts";
import type { Report } from "../../../src/app/report/report.ts";

/**
 * Compares a report with `test/golden/report/<name>.md` and `.json`, the latter with the first and the last point of each
 * chart only. `UPDATE_GOLDEN=1` writes them anew: read the difference before committing.
 */
export function expectGoldenReport(name: string, report: Report): void {
  const charts = report.charts.map(({ points, ...chart }) => ({
    ...chart,
    points: points.length > 2 ? [points[0], points.at(-1)] : points,
    pointsInAll: points.length,
  }));
  expectGoldenText(`${name}.md`, reportMarkdown(report, { pictureOf: ({ id }) => `${name}.${id}.svg` }));
  expectGoldenText(`${name}.json`, reportJson({ ...report, charts } as Report));
}

export function expectGoldenText(name: string, text: string): void {
  const file = new URL(`../../golden/report/${name}`, import.meta.url);
  if (process.env.UPDATE_GOLDEN === "1") {
    mkdirSync(new URL(".", file), { recursive: true });
    writeFileSync(file, text);
  }
  expect(text).toBe(existsSync(file) ? readFileSync(file, "utf8") : "a golden file, which is missing");
}
