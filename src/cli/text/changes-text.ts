import type { FlagChangeView } from "../../app/describe-changes.ts";
import type { FlagChange, FlagSetting } from "../../domain/flag.ts";
import { overrideText } from "./override-text.ts";
import { arrow, type Style } from "./style.ts";
import { table } from "./table.ts";

/** `off`, or the percentage of a flag that is on. */
function settingText({ enabled, rolloutPercentage }: FlagSetting): string {
  if (enabled) return rolloutPercentage === 0 ? "on at 0 %" : `${rolloutPercentage} %`;
  // What it would have when it is turned on again.
  return rolloutPercentage === 0 ? "off" : `off (${rolloutPercentage} %)`;
}

/** `phase_4_deployment  off → 30 %`, each on its line, with the override that masks it. */
export function changeLines(changes: readonly FlagChangeView[], style: Style): string[] {
  return table(
    changes.map(({ flag, before, after, override }) => [
      flag,
      `${settingText(before)} ${arrow(style)} ${settingText(after)}`,
      override === undefined ? "" : style.paint.yellow(overrideText(flag, override)),
    ]),
  );
}

/** The same on one line. */
export function changesInline(changes: readonly FlagChange[], style: Style): string {
  return changes
    .map(({ flag, before, after }) => `${flag} ${settingText(before)} ${arrow(style)} ${settingText(after)}`)
    .join(", ");
}

/** `3 flags`, `1 flag`, `no flags` */
export function countOf(count: number, what: string): string {
  return `${count === 0 ? "no" : count} ${what}${count === 1 ? "" : "s"}`;
}
