import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { cpus, type } from "node:os";
import type { Round } from "./round.ts";
import type { Scenario } from "./scenarios.ts";
import { median } from "./statistics.ts";
import type { Memory } from "./usage.ts";

/** One server under one scenario, round by round. */
export interface Series {
  readonly scenario: Scenario;
  readonly contender: string;
  readonly rollguard: boolean;
  readonly rounds: readonly Round[];
}

export interface MemoryRow {
  readonly contender: string;
  readonly idle: Memory | null;
  readonly loaded: Memory | null;
}

interface Package {
  readonly dependencies: Readonly<Record<string, string>>;
}

/** Milliseconds. */
const MAX_P99 = 20;
/** MB. */
const MAX_IDLE = 120;

/**
 * Versions of what takes part, and the machine.
 * @param flushes milliseconds for which the disk was waited for, by round
 */
export function setting(redisVersion: string, flushes: readonly number[]): string[] {
  const { dependencies } = JSON.parse(
    readFileSync(new URL("../package.json", import.meta.url), "utf8"),
  ) as Package;
  const version = (name: string): string => `${name} ${dependencies[name]}`;
  const [cpu] = cpus();
  const range = [Math.min(...flushes), Math.max(...flushes)].map((flush) => flush.toFixed(1));
  return [
    `${type()}, ${cpus().length} cores, ${cpu?.model ?? "unknown CPU"}; commit ${commit()}`,
    `Node ${process.versions.node}, Redis ${redisVersion}, ${["express", "zod", "ioredis", "lmdb"].map(version).join(", ")}`,
    `a flush of the disk: ${median(flushes).toFixed(1)} ms in the median, by round ${range.join(" to ")}`,
  ];
}

/** With `-dirty` where there are changes that nobody has committed. */
function commit(): string {
  try {
    const args = ["--no-optional-locks", "describe", "--always", "--dirty"];
    return execFileSync("git", args, { stdio: ["ignore", "pipe", "ignore"] })
      .toString()
      .trim();
  } catch {
    return "unknown";
  }
}

/** @param usual the contender that the others are compared with */
export function speedTable(series: readonly Series[], usual: string): string[] {
  const head = ["scenario", "server", "requests/s", "p50 ms", "p99 ms", "cpu µs", "ratio"];
  const rows = series.map((row) => [
    row.scenario.name,
    row.contender,
    whole(medianOf(row, "requestsPerSecond")),
    medianOf(row, "p50").toFixed(1),
    medianOf(row, "p99").toFixed(1),
    whole(medianOf(row, "cpu")),
    ratio(row, series, usual).toFixed(2),
  ]);
  return table([head, ...rows]);
}

export function memoryTable(rows: readonly MemoryRow[]): string[] {
  const cells = (memory: Memory | null): string[] =>
    memory === null ? ["?", "?"] : [whole(memory.resident), whole(memory.files)];
  return table([
    ["server", "idle MB", "of it files", "after load MB", "of it files"],
    ...rows.map(({ contender, idle, loaded }) => [contender, ...cells(idle), ...cells(loaded)]),
  ]);
}

export function targets(series: readonly Series[], usual: string, memory: readonly MemoryRow[]): string[] {
  const speed = series
    .filter(({ rollguard }) => rollguard)
    .flatMap((row) => {
      const { scenario, contender } = row;
      const found = ratio(row, series, usual);
      const what = `${scenario.name}, ${contender}`;
      const lines = [
        judged(found >= scenario.target, `${what}: ratio ${found.toFixed(2)}, at least ${scenario.target}`),
      ];
      const p99 = medianOf(row, "p99");
      if (scenario.judgesLatency)
        lines.push(judged(p99 < MAX_P99, `${what}: p99 ${p99.toFixed(1)} ms, under ${MAX_P99}`));
      return lines;
    });
  const idle = memory.flatMap(({ contender, idle }) =>
    idle === null
      ? []
      : [
          judged(
            idle.resident < MAX_IDLE,
            `idle memory, ${contender}: ${whole(idle.resident)} MB, under ${MAX_IDLE}`,
          ),
        ],
  );
  return [...speed, ...idle];
}

function judged(met: boolean, text: string): string {
  return `${met ? "met    " : "NOT MET"}  ${text}`;
}

function medianOf({ rounds }: Series, figure: keyof Round): number {
  return median(rounds.map((round) => round[figure]));
}

/** Of each round by itself, because the machine may be slower in one round than in another. */
function ratio(row: Series, all: readonly Series[], usual: string): number {
  const base = all.find(({ scenario, contender }) => scenario === row.scenario && contender === usual);
  return median(
    row.rounds.map(
      ({ requestsPerSecond }, round) =>
        requestsPerSecond / (base?.rounds[round]?.requestsPerSecond ?? Number.NaN),
    ),
  );
}

function whole(value: number): string {
  return Math.round(value).toLocaleString("en");
}

/** Text to the left, numbers to the right. */
function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        const text = rows.slice(1).some((other) => /^[\d.,?]+$/.test(other[column] ?? ""));
        return text ? cell.padStart(width) : cell.padEnd(width);
      })
      .join("  ")
      .trimEnd(),
  );
}
