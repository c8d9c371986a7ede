/** A flag that every contender is asked for, and how often it should be on. */
export interface FlagScenario {
  readonly name: string;
  readonly key: string;
  /** Percent of users. */
  readonly percentage: number;
  /** On for whom the attribute `plan` is `pro`, whatever the percentage: half of all users. */
  readonly targeted: boolean;
  /** Share of evaluations that are on, give or take two hundredths. */
  readonly expected: number;
}

export const SCENARIOS: readonly FlagScenario[] = [
  { name: "on for everybody", key: "everybody", percentage: 100, targeted: false, expected: 1 },
  { name: "50 % of users", key: "half", percentage: 50, targeted: false, expected: 0.5 },
  { name: "plan in [pro], else 10 %", key: "targeted", percentage: 10, targeted: true, expected: 0.55 },
];

/** Flags beside those, so that a key has to be found among some. */
export const OTHERS: readonly string[] = Array.from({ length: 22 }, (_, index) => `other_${index}`);

export interface User {
  readonly id: string;
  readonly plan: "pro" | "free";
}

/** As many as fit into a processor's cache, as a server's do who come again. */
export const USERS: readonly User[] = Array.from({ length: 4_096 }, (_, index) => ({
  id: `user-${(index * 7_919).toString(36)}-${index}`,
  plan: index % 2 === 0 ? "pro" : "free",
}));

/** Evaluates a flag for one user, by its key. */
export type Evaluator = (key: string, user: User) => boolean;
