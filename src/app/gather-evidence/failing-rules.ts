import { RULE_SECTIONS, ruleGroupName } from "../../domain/generate/prometheus-rules.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import type { LoadedRule, MetricsSource } from "../ports.ts";

/** The rules of an application whose last evaluation failed, each with the reason: they keep what they said before. */
export interface FailingRules {
  /** By metric. */
  readonly recording: ReadonlyMap<string, string>;
  /** By alert. */
  readonly alerting: ReadonlyMap<string, string>;
}

export const NONE_FAILING: FailingRules = { recording: new Map(), alerting: new Map() };

/** A red value is acted on without it: one that hangs, as behind a proxy that asks many servers, must not hold it up. */
const WITHIN: Duration = 2_000;
/** A reason may list every series that is in the way. */
const LONGEST_REASON = 300;

/**
 * Never rejects: not every server that answers queries tells of rules, and the samples' own times hold without it. The
 * rules are those that are generated; of others nothing is known.
 */
export async function failingRules(
  source: MetricsSource,
  { application }: Policy,
  deadline: Deadline,
): Promise<FailingRules> {
  const names = RULE_SECTIONS.map((section) => ruleGroupName(application.name, section));
  try {
    const groups = await deadline.run("Prometheus", () => source.ruleGroups(names, WITHIN));
    const rules = groups.filter(({ name }) => names.includes(name)).flatMap((group) => group.rules);
    return { recording: failuresIn(rules, "record"), alerting: failuresIn(rules, "alert") };
  } catch {
    return NONE_FAILING;
  }
}

function failuresIn(rules: readonly LoadedRule[], kind: LoadedRule["kind"]): Map<string, string> {
  return new Map(
    rules.flatMap((rule) =>
      rule.kind === kind && rule.failure !== undefined ? [[rule.name, shortened(rule.failure)]] : [],
    ),
  );
}

function shortened(reason: string): string {
  return reason.length > LONGEST_REASON ? `${reason.slice(0, LONGEST_REASON)}…` : reason;
}
