import type { Finding, Path } from "../../domain/lint/finding.ts";
import type { UnknownKey } from "../../domain/lint/keys.ts";
import { nearest } from "../did-you-mean.ts";
import { checkPolicy, type PolicyCheck } from "../policy-check.ts";
import type { Finding as PolicyFinding } from "../policy-issues.ts";

/** The loader tells in words only what it found; the rest are values that make no sense. */
const CHECKS: readonly (readonly [pattern: RegExp, check: string, advice: string])[] = [
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
  readonly draft: PolicyCheck["draft"];
  readonly findings: readonly Finding[];
  readonly unknownKeys: readonly UnknownKey[];
}

/** What keeps a policy from being loaded, by named checks. */
export function policyFindings(raw: unknown): CheckedPolicy {
  const { policy, draft, findings } = checkPolicy(raw);
  const untold = findings.filter(({ message, known }) => known === undefined && !TOLD_BETTER.test(message));
  return {
    policy,
    draft,
    unknownKeys: findings.flatMap(({ path, known }) =>
      known === undefined
        ? []
        : [{ path: pathOf(path), known, nearest: nearest(String(path.at(-1)), known) }],
    ),
    findings: untold.map(({ path, part, message }) => {
      const [, check, advice] = CHECKS.find(([pattern]) => pattern.test(message)) ?? [];
      return {
        check: check ?? "policy/value",
        severity: "error",
        path: pathOf(path),
        part,
        // The advice says how.
        message: message.replace(/; write a duration such as .*$/, ""),
        advice: advice ?? "docs/policy.md explains every key",
      };
    }),
  };
}

function pathOf(path: PolicyFinding["path"]): Path {
  return path.map((segment) => (typeof segment === "number" ? segment : String(segment)));
}
