// The picture of docs/judging.md: one rollout of the corpus, what Rollguard sees of it, and what it makes of that.
//   npm run docs:judging          writes docs/judging.svg; the same seed draws the same picture
import { writeFileSync } from "node:fs";
import { foldCounts, judgeCounts, startCounts } from "../../src/domain/judging/judge-counts.ts";
import { rolloutOf } from "./corpus.ts";
import { beforeOf, blockOf, termsOf } from "./judges/ours.ts";
import { SAFE } from "./plans.ts";
import type { Rollout } from "./rollout.ts";
import { BLOCK, World } from "./world.ts";

const TARGET = new URL("../../docs/judging.svg", import.meta.url);

/** A canary of 5 % that loses fifteen seconds at minute 10, and fails 5 % of its requests from minute 40 on. */
const ROLLOUT: Rollout = {
  ...rolloutOf("step", 3_000, 1, 77, 5),
  plan: SAFE,
  judged: "treatment",
  base: 0.0005,
  fault: { stage: 0, from: 2_400, rate: 0.05, ramp: 0 },
  blips: [{ stage: 0, from: 600, to: 615, rate: 1, who: "treatment", lost: 0 }],
};
const BLOCKS = 116;
/** Red needs 1/α: 6 criteria in 6 stages share 5 %, and two tests each, of the limit and beside control. */
const RED_AT = Math.log10((6 * 6 * 2) / 0.05);

interface Look {
  /** Minutes since the stage's start. */
  readonly at: number;
  readonly treatment: number;
  readonly service: number;
  /** How many times likelier the counts are when the change is at fault: a power of ten. */
  readonly evidence: number;
  readonly isRed: boolean;
}

function looks(): Look[] {
  const world = new World(ROLLOUT);
  const terms = termsOf("treatment", SAFE, 0);
  const stream = world.stage(0);
  let state = startCounts(terms, 0, beforeOf(world, 0));
  const seen: Look[] = [];
  for (let block = 0; block < BLOCKS && seen.at(-1)?.isRed !== true; block++) {
    const [treatment, control] = [stream.treatment(block), stream.control(block)];
    const variants = { treatment: [blockOf(treatment, block)], control: [blockOf(control, block)] };
    const service = stream.service(block);
    state = foldCounts(state, { all: [blockOf(service, block)], variants }, terms);
    const { verdict } = judgeCounts(state, terms);
    const worth = state.compared?.overControl.evidence ?? [];
    seen.push({
      at: ((block + 1) * BLOCK) / 60,
      treatment: (treatment.bad / treatment.total) * 100,
      service: (service.bad / service.total) * 100,
      evidence: Math.log10(worth.reduce((sum, value) => sum + value, 0) / worth.length),
      isRed: verdict === "red",
    });
  }
  return seen;
}

const WIDTH = 820;
const LEFT = 64;
const RIGHT = 780;
const UPPER = { top: 56, bottom: 206, most: 8, least: 0 };
const LOWER = { top: 262, bottom: 392, most: 4, least: -4 };
type Panel = typeof UPPER;

function svgOf(seen: readonly Look[]): string {
  const red = seen.at(-1);
  const end = red?.at ?? 0;
  const line = (panel: Panel, value: (look: Look) => number): string =>
    seen
      .map((look) => `${x(look.at)},${y(panel, Math.max(panel.least, Math.min(panel.most, value(look))))}`)
      .join(" ");
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} 440" font-family="system-ui, sans-serif" font-size="12" role="img" aria-labelledby="t">`,
    `<title id="t">A canary of 5 % of 3,000 requests a minute: a bad moment is not red, a fault is after ${(end - 40).toFixed(1)} minutes</title>`,
    `<rect width="${WIDTH}" height="440" fill="#fff"/>`,
    text(LEFT, 28, "Failed requests, percent, in blocks of 30 s", "#111", "start", 14),
    ...axis(UPPER, [0, 2, 4, 6, 8], (value) => `${value} %`),
    `<polyline fill="none" stroke="#c2410c" stroke-width="1.5" points="${line(UPPER, ({ treatment }) => treatment)}"/>`,
    `<polyline fill="none" stroke="#1d4ed8" stroke-width="1.5" points="${line(UPPER, ({ service }) => service)}"/>`,
    rule(UPPER, 1, "#b91c1c"),
    text(RIGHT, y(UPPER, 1) - 5, "red limit 1 %", "#b91c1c", "end"),
    text(x(26), y(UPPER, 5), "those who have the change", "#c2410c", "middle"),
    text(x(26), y(UPPER, 5) + 17, "the whole service: the fault does not show in it", "#1d4ed8", "middle"),
    text(x(10.5), UPPER.top - 6, "15 s in which all fail", "#555", "middle"),
    text(x(40), UPPER.top - 6, "5 % fail from here on", "#555", "middle"),
    text(
      LEFT,
      240,
      "Evidence: how many times likelier the counts are when the change is at fault",
      "#111",
      "start",
      14,
    ),
    ...axis(LOWER, [-4, -2, 0, 2, 4], (value) =>
      (10 ** value).toLocaleString("en", { maximumFractionDigits: 4 }),
    ),
    `<polyline fill="none" stroke="#7c3aed" stroke-width="2" points="${line(LOWER, ({ evidence }) => evidence)}"/>`,
    rule(LOWER, RED_AT, "#b91c1c"),
    text(
      RIGHT,
      y(LOWER, RED_AT) - 5,
      `red: ${Math.round(10 ** RED_AT).toLocaleString("en")} times`,
      "#b91c1c",
      "end",
    ),
    text(x(12), y(LOWER, -1), "a single block adds so much and no more", "#555", "start"),
    `<circle cx="${x(end)}" cy="${y(LOWER, seen.at(-1)?.evidence ?? 0)}" r="4" fill="#b91c1c"/>`,
    text(
      x(end) + 8,
      y(LOWER, RED_AT) + 18,
      `rolled back after ${(end - 40).toFixed(1)} min`,
      "#b91c1c",
      "start",
    ),
    ...[0, 10, 20, 30, 40].map((minute) => text(x(minute), 412, `${minute}`, "#555", "middle")),
    text((LEFT + RIGHT) / 2, 432, "minutes since the stage began", "#555", "middle"),
    "</svg>",
  ].join("\n");
}

function x(minute: number): number {
  return round(LEFT + ((RIGHT - LEFT) * minute) / 58);
}

function y({ top, bottom, most, least }: Panel, value: number): number {
  return round(bottom - ((bottom - top) * (value - least)) / (most - least));
}

function axis(panel: Panel, values: readonly number[], told: (value: number) => string): string[] {
  return values.flatMap((value) => [
    `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(panel, value)}" y2="${y(panel, value)}" stroke="#e5e7eb"/>`,
    text(LEFT - 8, y(panel, value) + 4, told(value), "#555", "end"),
  ]);
}

function rule(panel: Panel, value: number, colour: string): string {
  return `<line x1="${LEFT}" x2="${RIGHT}" y1="${y(panel, value)}" y2="${y(panel, value)}" stroke="${colour}" stroke-dasharray="5 4"/>`;
}

function text(at: number, down: number, words: string, colour: string, anchor: string, size = 12): string {
  return `<text x="${at}" y="${round(down)}" fill="${colour}" text-anchor="${anchor}" font-size="${size}">${words}</text>`;
}

function round(value: number): number {
  return Number(value.toFixed(1));
}

writeFileSync(TARGET, `${svgOf(looks())}\n`);
