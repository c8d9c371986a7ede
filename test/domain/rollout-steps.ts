import fc from "fast-check";
import type { Alert } from "../../src/domain/alert.ts";
import { alert } from "../support/arbitraries.ts";

/** What an operator says with a command. */
export interface Said {
  readonly acknowledge: boolean;
  readonly reason: string | null;
  readonly expected: "any" | "right" | "older" | "newer";
}

/** How a stage is looked at. */
export interface Look {
  /** After the check was due. */
  readonly late: number;
  /** How long the evidence waits before it is decided on. */
  readonly age: number;
  /** What is read of each criterion, in their order; what is not said is green. */
  readonly reads: readonly (readonly number[] | "green")[];
  readonly blindness: readonly string[];
  /** Two responders look, and bring the same. The second one comes so much later. */
  readonly again: number | null;
  /** It is of something else. */
  readonly wrong: "stage" | "rollout" | null;
}

export type Step =
  | { readonly do: "deploy"; readonly plan: number; readonly said: Said; readonly threshold: number | null }
  | { readonly do: "retry"; readonly said: Said }
  | { readonly do: "restore"; readonly shares: readonly number[] | null; readonly said: Said }
  | { readonly do: "pause" | "resume" | "approve" | "abort"; readonly said: Said }
  | { readonly do: "look"; readonly look: Look }
  /** Before a check is due, with a clock that may be ahead of the one that decides. */
  | { readonly do: "look early"; readonly by: number; readonly ahead: number }
  | { readonly do: "go on"; readonly checks: number; readonly late: number }
  | { readonly do: "pause and resume"; readonly after: number }
  | { readonly do: "alert"; readonly alert: Alert }
  /** The open rollback is looked at so often. */
  | { readonly do: "verify"; readonly looks: number; readonly sees: "good" | "bad" | "nothing" }
  | { readonly do: "acknowledge"; readonly force: boolean; readonly said: Said }
  /** All alerts resolve, what was rolled back is seen to have helped, and somebody makes a new start. */
  | { readonly do: "begin again"; readonly by: "deploy" | "retry" | "restore"; readonly said: Said }
  | { readonly do: "wait"; readonly time: number }
  | { readonly do: "edit policy"; readonly how: PolicyEdit; readonly which: number }
  | { readonly do: "crash"; readonly how: "reload" | "replay" }
  | { readonly do: "at once"; readonly commands: readonly Together[] };

export type PolicyEdit =
  | "remove a flag"
  | "remove a gate"
  | "add a criterion"
  | "tighten a gate"
  | "change after blindness"
  | "mend";

/** What may come in one transaction. */
export type Together = "check" | "check again" | "pause" | "resume" | "abort" | "deploy" | "watchdog" | Alert;

const MINUTE = 60_000;

const said: fc.Arbitrary<Said> = fc.record({
  acknowledge: fc.constantFrom(true, true, false),
  reason: fc.constantFrom("fixed", "fixed", null, " "),
  expected: fc.constantFrom(...Array<"any">(8).fill("any"), "right", "older", "newer"),
});

/** Halves, so that sums are exact; bounds are whole numbers from -4 to 9. */
const value = fc.oneof(
  { weight: 20, arbitrary: fc.integer({ min: -12, max: 24 }).map((halves) => halves / 2) },
  { weight: 1, arbitrary: fc.constant(Number.POSITIVE_INFINITY) },
);

/** No series is also what NaN is made of. */
const read = fc.oneof(
  { weight: 6, arbitrary: fc.constant("green" as const) },
  { weight: 3, arbitrary: fc.array(value, { minLength: 1, maxLength: 3 }) },
  { weight: 1, arbitrary: fc.constant([]) },
);

const look: fc.Arbitrary<Look> = fc.record({
  late: fc.constantFrom(0, 0, 0, 0, 1, 4_999, 5_000, 5_001, 60 * MINUTE, 50 * 60 * MINUTE),
  age: fc.constantFrom(0, 0, 0, 0, 0, 1, 9_999, 10_000, 10_001),
  reads: fc.array(read, { minLength: 4, maxLength: 4 }),
  blindness: fc.constantFrom([], [], [], [], ["the Watchdog was lost"]),
  again: fc.constantFrom(null, null, 0, 1, 5_000, 9_999),
  wrong: fc.constantFrom(null, null, null, null, null, null, "stage" as const, "rollout" as const),
});

const shares: fc.Arbitrary<number[] | null> = fc.option(
  fc.array(fc.constantFrom(0, 5, 50, 100), { minLength: 9, maxLength: 9 }),
);

const operator = fc.record({
  do: fc.constantFrom("pause", "resume", "resume", "approve", "approve", "abort"),
  said,
}) as fc.Arbitrary<Extract<Step, { do: "pause" }>>;

const together: fc.Arbitrary<Together> = fc.oneof(
  fc.constantFrom(
    "check",
    "check again",
    "pause",
    "resume",
    "abort",
    "deploy",
    "watchdog",
  ) as fc.Arbitrary<Together>,
  alert,
);

const steps: readonly fc.WeightedArbitrary<Step>[] = [
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("deploy" as const),
      plan: fc.constantFrom(0, 0, 1, 1, 2, 3),
      said,
      // Never on a bound or a value.
      threshold: fc
        .option(
          fc.integer({ min: 0, max: 6 }).map((whole) => whole + 0.25),
          { freq: 3 },
        )
        .map((drawn) => drawn ?? null),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("retry" as const), said }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("restore" as const),
      shares,
      said,
    }),
  },
  { weight: 5, arbitrary: operator },
  { weight: 10, arbitrary: fc.record({ do: fc.constant("look" as const), look }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("look early" as const),
      by: fc.constantFrom(0, 1, 5_000, MINUTE),
      ahead: fc.constantFrom(0, 1, 5_000),
    }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      do: fc.constant("go on" as const),
      checks: fc.integer({ min: 1, max: 12 }),
      late: fc.constantFrom(0, 0, 0, 0, 4_000),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("pause and resume" as const),
      after: fc.constantFrom(0, 1, 60 * MINUTE),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("alert" as const), alert }) },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("verify" as const),
      looks: fc.constantFrom(1, 3, 30),
      sees: fc.constantFrom("good" as const, "bad" as const, "nothing" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant("acknowledge" as const), force: fc.boolean(), said }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant("begin again" as const),
      by: fc.constantFrom("deploy", "retry", "restore"),
      said,
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("wait" as const),
      time: fc.constantFrom(1, 4_000, MINUTE, 60 * MINUTE),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("edit policy" as const),
      how: fc.constantFrom<PolicyEdit>(
        "remove a flag",
        "remove a gate",
        "add a criterion",
        "tighten a gate",
        "change after blindness",
        "mend",
        "mend",
      ),
      which: fc.nat(9),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("crash" as const),
      how: fc.constantFrom("reload" as const, "replay" as const),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant("at once" as const),
      commands: fc.array(together, { minLength: 2, maxLength: 6 }),
    }),
  },
];

/** What may happen to an application, in any order. It mostly begins with something to watch. */
export const stepSequence: fc.Arbitrary<Step[]> = fc
  .array(fc.oneof(...steps), { minLength: 1, maxLength: 50, size: "max" })
  .map((drawn): Step[] => [
    { do: "deploy", plan: 0, said: { acknowledge: true, reason: "fixed", expected: "any" }, threshold: null },
    ...drawn,
  ]);
