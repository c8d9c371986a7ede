import type { Finding } from "../../domain/lint/finding.ts";
import { checkPolicy, type PolicyCheck } from "../policy-check.ts";

/** The loader tells in words only what it found; the rest are values that make no sense. */
const CHECKS: readonly (readonly [pattern: RegExp, check: string, advice: string])[] = [
  [/^unknown key /, "policy/unknown-key", "docs/policy.md explains every key"],
  [
    /^unknown (flag|gate|plan|metric) /,
    "policy/unknown-name",
    "declare it, or write a name that is declared",
  ],
  [/ is no duration; /, "prometheus/duration", "from the largest unit to the smallest: 90s, 5m, 1h30m"],
  [/ is required here$/, "policy/required", "docs/policy.md explains every key"],
  [/^expected /, "policy/type", "docs/policy.md explains every key"],
];

/** Told by a check of its own, with the numbers. */
const TOLD_BETTER = /^must be at most the scrape interval/;

export interface CheckedPolicy {
  readonly policy: PolicyCheck["policy"];
  readonly findings: readonly Finding[];
}

/** What keeps a policy from being loaded, by named checks. */
export function policyFindings(raw: unknown): CheckedPolicy {
  const { policy, findings } = checkPolicy(raw);
  const untold = findings.filter(({ message }) => !TOLD_BETTER.test(message));
  return {
    policy,
    findings: untold.map(({ path, part, message }) => {
      const [, check, advice] = CHECKS.find(([pattern]) => pattern.test(message)) ?? [];
      return {
        check: check ?? "policy/value",
        severity: "error",
        path: path.map((segment) => (typeof segment === "number" ? segment : String(segment))),
        part,
        // The advice says how.
        message: message.replace(/; write a duration such as .*$/, ""),
        advice: advice ?? "docs/policy.md explains every key",
      };
    }),
  };
}
