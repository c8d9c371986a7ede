import type { Decision } from "../domain/decision.ts";
import { settingsOf } from "../domain/flag.ts";
import { ALERTMANAGER_JOB } from "../domain/generate/prometheus-config.ts";
import { prometheusRules, sharedMetricsOf } from "../domain/generate/prometheus-rules.ts";
import type { RuleFile } from "../domain/generate/rule-file.ts";
import { DEFAULT_TARGET } from "../domain/generate/versions.ts";
import type { Policy } from "../domain/policy.ts";
import type { Duration } from "../domain/time.ts";
import { trafficOf } from "../domain/turn-down.ts";
import { Deadline } from "./deadline.ts";
import type { CountReader } from "./gather-counts/count-reader.ts";
import type { AlertSource, Clock, LoadedConfiguration, MetricsSource, StateStore } from "./ports.ts";
import { checkChannels, type OwnChannels } from "./preflight/channels-check.ts";
import { checkCounts } from "./preflight/counts-check.ts";
import { checkFirstGate, type FirstGate } from "./preflight/first-gate.ts";
import { checkOverrides } from "./preflight/overrides-check.ts";
import { checkPolicy } from "./preflight/policy-check.ts";
import { fail, type PreflightCheck, type PreflightName } from "./preflight/preflight-check.ts";
import { checkRouting } from "./preflight/routing-check.ts";
import { checkRules } from "./preflight/rules-check.ts";
import { checkSight, worse } from "./preflight/sight-check.ts";
import { checkStore } from "./preflight/store-check.ts";
import { checkTargets } from "./preflight/targets-check.ts";

export interface Preflight {
  /** Null: not configured. */
  readonly metrics: MetricsSource | null;
  /** Reads counters; null or absent: not configured. */
  readonly counts?: CountReader | null;
  readonly alerts: AlertSource | null;
  readonly store: Pick<StateStore, "kind" | "transact" | "read" | "skew" | "ping">;
  readonly clock: Clock;
  /** All policies in force: what several applications record is generated otherwise. */
  readonly policies: () => readonly Policy[];
  /** What is wrong with the policy files as they are on disk now, as `file:line:column: message`. */
  readonly policyProblems: () => readonly string[] | Promise<readonly string[]>;
  /** The channels that Rollguard's own settings name. */
  readonly channels: OwnChannels;
  readonly production: boolean;
  /** Looks at the stage of a rollout as it would be; absent: the first gate is not looked at. */
  readonly look?: FirstGate["look"];
  /** What has not answered by then counts as not answering. */
  readonly within?: Duration;
}

export interface PreflightReport {
  /** Nothing fails: a deploy may begin. */
  readonly ok: boolean;
  readonly checks: readonly PreflightCheck[];
}

const WITHIN: Duration = 10_000;

/**
 * Whether everything that a rollout relies on is there. All checks at the same time; nothing is changed.
 * @param start what the start would decide: when all is there its first gate is looked at
 */
export async function preflight(
  tools: Preflight,
  policy: Policy,
  start: Decision | null = null,
): Promise<PreflightReport> {
  const report = await checkAll(tools, policy);
  const { look, store } = tools;
  if (!report.ok || look === undefined || start === null) return report;
  const gate = await checkFirstGate({ store, look }, policy, start);
  return gate === null ? report : { ok: false, checks: [...report.checks, gate] };
}

async function checkAll(tools: Preflight, policy: Policy): Promise<PreflightReport> {
  const { store, policyProblems, channels, production, within = WITHIN } = tools;
  const { name } = policy.application;
  const { file } = prometheusRules({
    policy,
    // The version decides on nothing that is compared.
    target: DEFAULT_TARGET,
    sharedMetrics: sharedMetricsOf(tools.policies()),
  });
  const deadline = new Deadline(within);
  try {
    const checks = await Promise.all([
      // Both are of the policy in force: what is worse is told.
      checkPolicy(name, policyProblems).then((check) => worse(check, checkOverrides(policy))),
      checkStore(store, name, deadline),
      ...prometheusChecks(tools, policy, file, deadline),
      ...alertmanagerChecks(tools.alerts, policy, deadline, {
        sight: (alerts) => checkSight(policy, alerts, { ...tools, deadline }),
        routing: (configuration) => checkRouting(name, file, configuration),
        channels: (alertmanager) =>
          checkChannels(policy.notifications, { own: channels, alertmanager, production }),
      }),
    ]);
    return { ok: checks.every(({ status }) => status !== "fail"), checks };
  } finally {
    deadline.clear();
  }
}

function prometheusChecks(
  { metrics, counts = null, clock, store }: Preflight,
  policy: Policy,
  file: RuleFile,
  deadline: Deadline,
): Promise<PreflightCheck>[] {
  if (metrics === null) {
    return (["prometheus", "rules"] as const).map(async (name) =>
      fail(name, "Prometheus is not configured", "set ROLLGUARD_PROMETHEUS_URL"),
    );
  }
  const targets = async () => {
    const check = checkTargets(policy, await deadline.run("Prometheus", () => metrics.targets()));
    if (counts === null || check.status === "fail") return check;
    // Both are of Prometheus: what is worse is told.
    const { name } = policy.application;
    // Of a store that is away its own check tells.
    const traffic = await deadline
      .run("the store", () => store.read(name))
      .then(({ flags }) => trafficOf(policy, settingsOf(policy.flags, flags)))
      .catch(() => 0);
    return worse(check, await checkCounts(policy, counts, { now: clock.now(name), traffic }, deadline));
  };
  const rules = () => checkRules(policy.application.name, file, metrics, deadline);
  return [orUnreachable("prometheus", targets), orUnreachable("rules", rules)];
}

interface WithConfiguration {
  readonly sight: (alerts: AlertSource) => Promise<PreflightCheck>;
  readonly routing: (configuration: LoadedConfiguration) => PreflightCheck;
  /** Can be told without Alertmanager too. */
  readonly channels: (configuration: LoadedConfiguration | null) => PreflightCheck;
}

function alertmanagerChecks(
  alerts: AlertSource | null,
  { scrape }: Policy,
  deadline: Deadline,
  { routing, channels, sight }: WithConfiguration,
): Promise<PreflightCheck>[] {
  if (alerts === null) {
    // Prometheus reaches it there; by which scheme, path and credentials we would, only the setting tells.
    const scraped = scrape.targets.find(({ job }) => job === ALERTMANAGER_JOB);
    const known = scraped === undefined ? "" : ` (the policy scrapes one at ${scraped.address})`;
    return [
      (async () =>
        fail(
          "alertmanager",
          `Alertmanager is not configured${known}: what fires again after a silence, or fired while Rollguard was away, is not found before repeat_interval, if at all`,
          "set ROLLGUARD_ALERTMANAGER_URL",
        ))(),
      (async () => channels(null))(),
    ];
  }
  const loaded = deadline.run("Alertmanager", () => alerts.configuration());
  return [
    orUnreachable("alertmanager", async () => {
      const routed = routing(await loaded);
      // Both are of Alertmanager: what is worse is told.
      return routed.status === "fail" ? routed : worse(routed, await sight(alerts));
    }),
    loaded.then(channels, () => channels(null)),
  ];
}

const SETTINGS = {
  prometheus: "ROLLGUARD_PROMETHEUS_URL",
  rules: "ROLLGUARD_PROMETHEUS_URL",
  alertmanager: "ROLLGUARD_ALERTMANAGER_URL",
} as const satisfies Partial<Record<PreflightName, string>>;

async function orUnreachable(
  name: keyof typeof SETTINGS,
  check: () => Promise<PreflightCheck>,
): Promise<PreflightCheck> {
  try {
    return await check();
  } catch (error) {
    return fail(
      name,
      (error as Error).message,
      `see that it is up, and that ${SETTINGS[name]} is its address and reachable from here`,
    );
  }
}
