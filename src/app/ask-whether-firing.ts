import type { Alert } from "../domain/alert.ts";
import { keyOf } from "../domain/alert-memory.ts";
import type { AlertCommand, Command, FiringEvidence } from "../domain/command.ts";
import type { NumberedDecision } from "../domain/decide.ts";
import { alertingRule } from "../domain/generate/alerting-rule.ts";
import { DEFAULT_TARGET } from "../domain/generate/versions.ts";
import type { Policy } from "../domain/policy.ts";
import type { Duration } from "../domain/time.ts";
import { Deadline } from "./deadline.ts";
import { inParallel } from "./in-parallel.ts";
import type { Lanes } from "./lanes.ts";
import type { AlertSource, MetricsSource } from "./ports.ts";
import { nameMatchers } from "./reconcile/name-matchers.ts";
import type { AskWhyUnread } from "./why-unread.ts";

/** What Alertmanager and Prometheus know of alerts; in their order. */
export type AskWhetherFiring = (
  policy: Policy,
  alerts: readonly Alert[],
) => Promise<readonly FiringEvidence[]>;

export interface FiringSources {
  /** Null: not configured. */
  readonly alerts: AlertSource | null;
  readonly metrics: MetricsSource | null;
  readonly within?: Duration;
}

/** A webhook waits for it. */
const WITHIN: Duration = 2_000;
const AT_ONCE = 8;

export function listedBy(who: string): string {
  return `${who} lists it as firing`;
}

/** Null where nobody can be asked. A source that does not answer in time says nothing. */
export function whetherFiring(sources: FiringSources): AskWhetherFiring | null {
  const { alerts: alertmanager, metrics, within = WITHIN } = sources;
  if (alertmanager === null && metrics === null) return null;
  return async (policy, alerts) => {
    const names = new Set(alerts.map(({ name }) => name));
    const deadline = new Deadline(within);
    try {
      const [listed, isTrue] = await Promise.all([
        alertmanager === null ? null : listedIn(alertmanager, names, deadline),
        metrics === null ? new Map<string, boolean>() : truthsOf(metrics, names, policy, deadline),
      ]);
      return alerts.map((alert) =>
        judged(listed === null ? null : listed.has(keyOf(alert)), isTrue.get(alert.name) ?? null),
      );
    } finally {
      deadline.clear();
    }
  };
}

/** Who says that it fires is believed; who does not only where nobody does. */
function judged(isListed: boolean | null, isTrue: boolean | null): FiringEvidence {
  if (isListed === true) return { isFiring: true, by: listedBy("Alertmanager") };
  if (isTrue === true) return { isFiring: true, by: "its expression is true in Prometheus" };
  const against = [
    ...(isListed === false ? ["Alertmanager does not list it"] : []),
    ...(isTrue === false ? ["its expression is not true in Prometheus"] : []),
  ];
  return against.length > 0
    ? { isFiring: false, by: against.join(", and ") }
    : { isFiring: null, by: "nobody who was asked whether it fires has answered" };
}

/** Silenced ones too: whoever told of it has told. */
async function listedIn(
  source: AlertSource,
  names: ReadonlySet<string>,
  deadline: Deadline,
): Promise<ReadonlySet<string> | null> {
  try {
    const known = new Set<string>();
    for (const matcher of nameMatchers(names))
      for (const alert of await deadline.run("Alertmanager", () => source.alerts(matcher)))
        known.add(keyOf(alert));
    return known;
  } catch {
    return null;
  }
}

/** What the generated rules ask, by alert; absent where there is no whole answer. */
async function truthsOf(
  metrics: MetricsSource,
  names: ReadonlySet<string>,
  policy: Policy,
  deadline: Deadline,
): Promise<ReadonlyMap<string, boolean>> {
  const sharedMetrics = new Set(policy.metrics.map(({ record }) => record));
  const context = { policy, target: DEFAULT_TARGET, sharedMetrics };
  const truths = new Map<string, boolean>();
  const rules = policy.alerts.filter(({ alert }) => names.has(alert));
  await inParallel(rules, AT_ONCE, async (entry) => {
    const { alert, expr } = alertingRule(entry, context);
    try {
      const { values, warnings } = await deadline.run("Prometheus", () => metrics.query(expr));
      if (values.length > 0 || warnings.length === 0)
        truths.set(alert, values.length > 0 || truths.get(alert) === true);
    } catch {
      // It says nothing then.
    }
  });
  return truths;
}

/** Whom alerts are asked about; null: nobody can be. */
export interface Asking {
  readonly firing: AskWhetherFiring | null;
  readonly unread: AskWhyUnread | null;
}

/** Has commands decided, those that ask once more with what was answered: each question is asked once at most. */
export async function submitAsking(
  lanes: Pick<Lanes, "submit">,
  asking: Asking,
  policy: Policy,
  commands: readonly Command[],
): Promise<readonly NumberedDecision[]> {
  const { name } = policy.application;
  const decisions = await lanes.submit(name, commands);
  const places = decisions.flatMap(({ decision }, place) => (decision.asks === undefined ? [] : [place]));
  if (places.length === 0) return decisions;
  const asked = places.map((place) => commands[place] as AlertCommand);
  const isLate = places.map((place) => decisions[place]?.decision.asks === true);
  const [evidence, unread] = await Promise.all([
    askAbout(
      asking.firing,
      policy,
      asked.filter((_, index) => isLate[index]),
    ),
    askAbout(
      asking.unread,
      policy,
      asked.filter((_, index) => !isLate[index]),
    ),
  ]);
  const answered = asked.map((command, index) =>
    isLate[index]
      ? { ...command, evidence: evidence.get(command) ?? NOBODY }
      : { ...command, unread: unread.get(command) ?? null },
  );
  const again = await submitAsking(lanes, asking, policy, answered);
  const whole = [...decisions];
  for (const [index, place] of places.entries()) whole[place] = again[index] as NumberedDecision;
  return whole;
}

const NOBODY: FiringEvidence = { isFiring: null, by: "nobody could be asked whether it fires" };

async function askAbout<A>(
  ask: ((policy: Policy, alerts: readonly Alert[]) => Promise<readonly A[]>) | null,
  policy: Policy,
  commands: readonly AlertCommand[],
): Promise<ReadonlyMap<AlertCommand, A>> {
  if (ask === null || commands.length === 0) return new Map();
  const answers = await ask(
    policy,
    commands.map(({ alert }) => alert),
  );
  return new Map(commands.map((command, index) => [command, answers[index] as A]));
}
