/** One thing that must be right before a deploy. */
export interface PreflightCheck {
  readonly name: PreflightName;
  /** `warn` lets a deploy begin, `fail` does not. */
  readonly status: "pass" | "warn" | "fail";
  readonly detail: string;
  /** What to do; null when nothing is to be done. */
  readonly fix: string | null;
}

/** `gate` is there only where it speaks against a start. */
export type PreflightName =
  | "policy"
  | "store"
  | "prometheus"
  | "rules"
  | "alertmanager"
  | "notifications"
  | "gate";

export function pass(name: PreflightName, detail: string): PreflightCheck {
  return { name, status: "pass", detail, fix: null };
}

export function warn(name: PreflightName, detail: string, fix: string): PreflightCheck {
  return { name, status: "warn", detail, fix };
}

export function fail(name: PreflightName, detail: string, fix: string): PreflightCheck {
  return { name, status: "fail", detail, fix };
}

/** `1 target`, `2 targets` */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

/** The first few, and how many more there are. */
export function listed(texts: readonly string[], most = 10, between = "; "): string {
  const more = texts.length - most;
  return texts.slice(0, most).join(between) + (more > 0 ? `${between}and ${more} more` : "");
}
