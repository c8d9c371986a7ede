import type { Seen } from "../../examples/genesis/load.ts";
import type { EventView } from "../../src/app/describe-event.ts";

const IN_A_LINE = 3;

function share(percent: number): string {
  return `${percent.toFixed(percent > 0 && percent < 10 ? 1 : 0)} %`;
}

/** What users saw, in two lines. */
export function describeSeen({ requests, failed, p95, onNewSystem, met }: Seen, feature: string): string {
  const failures = failed === 0 ? "none failed" : `${share(failed)} FAILED`;
  const onFeature = met.get(feature) ?? 0;
  const who = onNewSystem === 0 ? "nobody met the new system" : `${share(onNewSystem)} met the new system`;
  const whoOfThem = onFeature === 0 ? `nobody met ${feature}` : `${share(onFeature)} met ${feature}`;
  return `${requests} requests: ${failures}, p95 ${p95.toFixed(0)} ms\n${who}, ${whoOfThem}`;
}

/** Traffic, and the flags that are off now or reach fewer people. */
export function describeTurnedDown({ traffic, flags }: EventView): string {
  const off = flags.filter(({ after }) => !after.enabled).map(({ flag }) => flag);
  const less = flags
    .filter(({ after }) => after.enabled)
    .map(({ flag, after }) => `${flag} at ${after.rolloutPercentage} %`);
  const change = traffic === null ? [] : [`traffic ${traffic.before} -> ${traffic.after} %`];
  const turnedOff = off.length === 0 ? [] : [`off: ${listed(off)}`];
  return [...change, ...turnedOff, ...less].join("\n");
}

/** Flags, a few in each line. */
export function listed(flags: readonly string[]): string {
  const lines: string[][] = [];
  for (const [index, flag] of flags.entries()) {
    if (index % IN_A_LINE === 0) lines.push([]);
    lines.at(-1)?.push(flag);
  }
  return lines.map((line) => line.join(", ")).join(",\n");
}

/** @param seconds those that are not known count as none */
export function milliseconds(...seconds: readonly (number | null)[]): string {
  const sum = seconds.reduce<number>((total, one) => total + (one ?? 0), 0);
  return `${Math.max(1, Math.round(sum * 1_000))} ms`;
}
