import { overrideVariableOf } from "../../domain/override.ts";
import type { Style } from "./style.ts";

/** `override on (PHASE_4_DEPLOYMENT)`; nothing for a flag that has none. */
export function overrideText(key: string, override: boolean | undefined): string {
  return override === undefined ? "" : `override ${override ? "on" : "off"} (${overrideVariableOf(key)})`;
}

/** What was done is not felt, because of an override. */
export function warningLines(warning: string | undefined, { paint }: Style): string[] {
  return warning === undefined ? [] : [`  ${paint.red("WARNING:")} ${warning}`];
}
