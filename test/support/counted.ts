import type { CountBlock, Counts } from "../../src/domain/counts.ts";
import type { CountsDue } from "../../src/domain/counts-due.ts";
import type { Counted, GateCriterion } from "../../src/domain/gate.ts";
import type { Instant } from "../../src/domain/time.ts";
import { criterionOf } from "./policies.ts";

const BLOCK = 30_000;

/** Requests of one block of 30 s, and those of them that failed. */
export interface Part {
  readonly total: number;
  readonly bad: number;
  /** Absent: as many as are bad. */
  readonly elevated?: number;
}

export interface Requests extends Part {
  readonly treatment?: Part;
  readonly control?: Part;
}

/** Ten requests a second, and all is well. */
export const WELL: Requests = { total: 300, bad: 0 };

/** An error rate in percent that is counted. */
export function countedCriterion(
  counted: Partial<Counted> = {},
  metric = "error_rate",
  [green, red]: readonly [string, string | null] = ["< 0.1", "> 1"],
): GateCriterion & { readonly counted: Counted } {
  return {
    ...criterionOf(metric, green, red),
    counted: {
      counts: { kind: "ratio", bad: "errors_total", total: "requests_total" },
      judge: "sequential",
      minimum: 0,
      compare: null,
      yellow: "as-before",
      ...counted,
    },
  };
}

export const compare: NonNullable<Counted["compare"]> = {
  by: { label: "feature_flag_variant", treatment: "on", control: "off" },
  margin: 0.5,
};

/** The whole blocks since what was judged last. */
export function countsOf(
  { since, counted }: Pick<CountsDue, "since" | "counted">,
  now: Instant,
  requestsAt: (at: Instant) => Requests,
): Counts {
  const blocks = (part: (requests: Requests) => Part): CountBlock[] =>
    Array.from({ length: Math.max(0, Math.floor((now - since) / BLOCK)) }, (_, index) => {
      const from = since + index * BLOCK;
      const { total, bad, elevated = bad } = part(requestsAt(from));
      return { from, to: from + BLOCK, total, bad, elevated };
    });
  const { compare: isCompared } = counted;
  return {
    all: blocks((requests) => requests),
    variants: isCompared && {
      treatment: blocks(({ treatment }) => treatment ?? { total: 0, bad: 0 }),
      control: blocks(({ control }) => control ?? { total: 0, bad: 0 }),
    },
  };
}
