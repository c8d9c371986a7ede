import { RULE_SECTIONS, ruleGroupName } from "../../domain/generate/prometheus-rules.ts";
import type { Policy } from "../../domain/policy.ts";
import type { Duration } from "../../domain/time.ts";
import type { Deadline } from "../deadline.ts";
import type { LoadedRule, MetricsSource } from "../ports.ts";
import { SharedAnswers } from "../shared-answers.ts";
import { recordedWithin } from "./freshness.ts";

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
/** The groups of so many applications are named: of more, the address would be longer than many a proxy allows. */
const NAMED = 30;

/**
 * Never rejects: not every server that answers queries tells of rules, and the samples' own times hold without it. The
 * rules are those that are generated; of others nothing is known.
 */
export async function failingRules(
  source: MetricsSource,
  { application }: Policy,
  deadline: Deadline,
): Promise<FailingRules> {
  try {
    const [failing = NONE_FAILING] = await deadline.run("Prometheus", () =>
      askFor(source, [application.name]),
    );
    return failing;
  } catch {
    return NONE_FAILING;
  }
}

/**
 * The same for the looks at many applications: their rules are asked for together. What one knows of a rule is then no older
 * than what it has recorded may be.
 */
export class FailingRulesReader {
  readonly #source: Pick<MetricsSource, "ruleGroups">;
  readonly #shared = new Map<Duration, SharedAnswers<string, FailingRules>>();

  readonly #now: (() => number) | undefined;

  /** @param now for whoever has a time of his own */
  constructor(source: Pick<MetricsSource, "ruleGroups">, now?: () => number) {
    this.#source = source;
    this.#now = now;
  }

  /** Never rejects, as `failingRules`. */
  async read({ application, scrape }: Policy, deadline: Deadline): Promise<FailingRules> {
    try {
      const answers = this.#keptFor(recordedWithin(scrape));
      return await deadline.run("Prometheus", () => answers.get(application.name, application.name));
    } catch {
      return NONE_FAILING;
    }
  }

  #keptFor(age: Duration): SharedAnswers<string, FailingRules> {
    const known = this.#shared.get(age);
    if (known !== undefined) return known;
    const shared = new SharedAnswers<string, FailingRules>(
      (names) => askFor(this.#source, names),
      age,
      this.#now,
    );
    this.#shared.set(age, shared);
    return shared;
  }
}

/** In the applications' order. */
async function askFor(
  source: Pick<MetricsSource, "ruleGroups">,
  applications: readonly string[],
): Promise<FailingRules[]> {
  const names = applications.length > NAMED ? [] : applications.flatMap(groupsOf);
  const failed = new Map<string, LoadedRule[]>();
  for (const { name, rules } of await source.ruleGroups(names, WITHIN)) {
    const failing = rules.filter(({ failure }) => failure !== undefined);
    if (failing.length > 0) failed.set(name, [...(failed.get(name) ?? []), ...failing]);
  }
  return applications.map((application) => {
    const rules = groupsOf(application).flatMap((name) => failed.get(name) ?? []);
    return { recording: failuresIn(rules, "record"), alerting: failuresIn(rules, "alert") };
  });
}

function groupsOf(application: string): string[] {
  return RULE_SECTIONS.map((section) => ruleGroupName(application, section));
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
