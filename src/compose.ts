import { setMaxListeners } from "node:events";
import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import { Access, type Credential, digestOf } from "./adapters/http/access.ts";
import { createHttpApp } from "./adapters/http/create-http-app.ts";
import { startHttpServer } from "./adapters/http/http-server.ts";
import { rendered } from "./adapters/report/rendered.ts";
import { ReportFiles } from "./adapters/report/report-files.ts";
import { createLogger } from "./adapters/telemetry/logger.ts";
import { createMetrics, type Metrics } from "./adapters/telemetry/metrics.ts";
import { acceptLoss } from "./app/accept-loss.ts";
import { FlagEvaluations } from "./app/flag-evaluations.ts";
import { FlagSnapshots } from "./app/flag-snapshots.ts";
import { withKeys } from "./app/gather-evidence/with-keys.ts";
import { gatherEvidence } from "./app/gather-evidence.ts";
import { gatherVerification } from "./app/gather-verification.ts";
import { handleAlerts } from "./app/handle-alerts.ts";
import { CommitsHeard } from "./app/hear-commits.ts";
import { hearWatchdog } from "./app/hear-watchdog.ts";
import { Lanes } from "./app/lanes.ts";
import { Daily } from "./app/notify/daily.ts";
import { DeliverOutbox } from "./app/notify/deliver-outbox.ts";
import { tellChannels } from "./app/notify/tell-channels.ts";
import { Policies } from "./app/policies.ts";
import type { Clock, Logger, StateStore } from "./app/ports.ts";
import { preflight } from "./app/preflight.ts";
import { raisedByPolicies } from "./app/raised-by-policy.ts";
import { Readiness } from "./app/readiness.ts";
import { Reconcile } from "./app/reconcile.ts";
import { sampleApplications } from "./app/sample-applications.ts";
import { sampleFlags } from "./app/sample-flags.ts";
import { Tally } from "./app/tally.ts";
import { tellOverrides } from "./app/tell-overrides.ts";
import { Ticker } from "./app/ticker.ts";
import { TrimLedgers } from "./app/trim-ledgers.ts";
import { WatchClock } from "./app/watch-clock.ts";
import { dailyTasks } from "./compose/daily-tasks.ts";
import { composeFlagClients } from "./compose/flag-clients.ts";
import { composeNotifiers } from "./compose/notifications.ts";
import { describeStore, keeperOf, openStore } from "./compose/open-store.ts";
import { policiesOf } from "./compose/policies-of.ts";
import { composeReports } from "./compose/reports.ts";
import { createSources } from "./compose/sources.ts";
import { urlOfAddress } from "./config/listen-address.ts";
import { loadPoliciesInForce } from "./config/overrides.ts";
import type { Settings } from "./config/settings.ts";
import { StartError } from "./config/start-error.ts";
import type { Evidence } from "./domain/evidence.ts";
import type { Policy } from "./domain/policy.ts";
import type { ApplicationState } from "./domain/state.ts";

/** Milliseconds that requests in flight get at the end: longer than the store's own limit of 5 s. */
const STOP_GRACE = 8_000;

export const version: string = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
).version;

/** A server that runs. */
export interface RunningServer {
  readonly url: string;
  readonly policies: readonly Policy[];
  /** In words: which store, and where. */
  readonly store: string;
  /** Every problem of the policies, as `file:line:column: message`; none when they are in force now. */
  reload(): Promise<readonly string[]>;
  stop(): Promise<void>;
}

/**
 * @throws StartError when the policies or the listening address are no good
 * @throws RollguardError `store_unavailable` when the embedded store cannot be opened; Redis may come later
 */
export async function startServer(settings: Settings): Promise<RunningServer> {
  const logger = createLogger(settings.logLevel);
  const policies = new Policies(policiesOf(settings));
  // What is compared with the store's instants is taken from its clock.
  const clock: Clock = { now: (application) => store.clock.now(application) };
  tellOverrides(policies.all(), logger);
  const evaluations = new FlagEvaluations();
  const metrics: Metrics = createMetrics({
    version,
    store: settings.redisUrl === null ? "embedded" : "redis",
    sample: () => sampleApplications({ policies, store, clock }),
    ready: () => readiness.check(),
    flagClients: () => clients.flagClients.counts(),
    clockSkew: () => store.skew(),
    sampleFlags: () => sampleFlags(flags, evaluations),
  });
  const store = await openStore(settings, {
    observer: metrics.storeObserver,
    warn: (message) => logger.warn({}, message),
    policies,
  });
  const readiness = new Readiness({ policies, store, logger });
  const flags = new FlagSnapshots({ policies, store, clock, logger, keeper: keeperOf(settings, logger) });
  const { recorder } = metrics;
  const commits = new CommitsHeard({ clock, recorder });
  const closing = new AbortController();
  // Each question to Prometheus that is under way listens to it.
  setMaxListeners(0, closing.signal);
  const sources = createSources(settings, closing.signal);
  const makeReport = composeReports({ settings, policies, store, clock, ...sources });
  const { reports: directory } = settings;
  const reports = directory === null ? null : new ReportFiles({ directory, makeReport, clock });
  const asked = { policies, metrics: sources.metrics, clock, logger };
  const people = await composeNotifiers({ settings, reports, ...asked });
  const channels = new Set(people.notifiers.keys());
  tellChannels(policies.all(), channels, logger);
  const lanes = new Lanes({
    store,
    policies,
    channels,
    committed: (application, events, messages) => {
      commits.hear(events, application);
      if (messages.length > 0) delivery.wake(application);
    },
  });
  const { production, externalUrl } = settings;
  const delivery = new DeliverOutbox({
    policies,
    store,
    clock,
    recorder,
    logger,
    notifiers: people.notifiers,
    production,
    externalUrl,
  });
  const clients = composeFlagClients({ settings, flags, store, lanes, clock, recorder, logger });
  const evidenceOf = async (policy: Policy, state: ApplicationState): Promise<Evidence> =>
    withKeys(await gatherEvidence({ ...sources, clock }, policy, state), policy, { flags, evaluations });
  const ticker = new Ticker({
    policies,
    store,
    lanes,
    clock,
    recorder,
    logger,
    commits,
    gatherEvidence: evidenceOf,
    gatherVerification: (policy, state) => gatherVerification({ ...sources, clock }, policy, state),
  });
  const tally = new Tally({ lanes, logger });
  const reconcile = new Reconcile({ ...sources, policies, store, lanes, clock, recorder, logger });
  const askForRest = sources.alerts === null ? null : () => reconcile.hurry();
  const intake = { ...sources, policies, lanes, recorder, logger, clock, tally, askForRest };
  const trimLedgers = new TrimLedgers({ policies, store, clock, logger });
  const watchClock = new WatchClock({ store, logger });
  const tasks = dailyTasks({ settings, store, clock, reports, email: people.email });
  const daily = new Daily({ policies, lanes, clock, logger, tasks });
  let stopping = false;
  const reload = (): Promise<readonly string[]> =>
    reloadPolicies(settings, { policies, store, metrics, logger });

  const app = createHttpApp({
    access: accessOf(settings),
    policies,
    store,
    flags,
    corsOrigins: settings.corsOrigins,
    evaluations,
    lanes,
    logger,
    clock,
    closing: closing.signal,
    flagClients: clients.flagClients,
    streamUrls: clients.streamUrls,
    onBulk: clients.onBulk,
    production: settings.production,
    gatherEvidence: evidenceOf,
    preflight: (policy, start) =>
      preflight(
        {
          ...sources,
          store,
          clock,
          policies: () => policies.all(),
          channels: settings.channels,
          production: settings.production,
          policyProblems: () => policyProblems(settings, policy),
          look: evidenceOf,
        },
        policy,
        start,
      ),
    recorder,
    metrics,
    observeWebhook: metrics.observeWebhook,
    maxBody: settings.maxBody,
    handleAlerts: (alerts, envelope) => handleAlerts(intake, alerts, envelope),
    hearWatchdog: (alerts) => hearWatchdog({ policies, lanes, recorder, clock }, alerts),
    acceptLoss: (said) => acceptLoss({ policies, store, flags, recorder, logger }, said),
    ready: () => readiness.check(),
    stopping: () => stopping,
    reloadPolicies: reload,
    makeReport,
    renderReport: rendered,
  });
  const server = await startHttpServer(app, settings.listen).catch(async (error: Error) => {
    await store.close();
    throw new StartError([`ROLLGUARD_LISTEN: ${error.message}; is another Rollguard running?`]);
  });

  flags.start();
  ticker.start();
  reconcile.start();
  tally.start();
  trimLedgers.start();
  delivery.start();
  watchClock.start();
  daily.start();
  // Said in the log, should it not be.
  readiness.check().catch(() => undefined);
  return {
    url: urlOfAddress(server),
    policies: policies.all(),
    store: describeStore(settings),
    reload,
    async stop() {
      stopping = true;
      watchClock.stop();
      closing.abort();
      await Promise.all([ticker.stop(), reconcile.stop(), trimLedgers.stop(), daily.stop()]);
      await server.stop(STOP_GRACE);
      await delivery.stop();
      people.close();
      await clients.stop();
      await tally.stop();
      await flags.stop();
      await readiness.stop();
      await store.close();
    },
  };
}

/** What is wrong with the policies on disk or their overrides, and whether this one is in force as it stands there. */
function policyProblems(settings: Settings, inForce: Policy): readonly string[] {
  const { policies, problems } = loadPoliciesInForce(settings.policy, settings.environment);
  if (problems.length > 0) return problems;
  const { name } = inForce.application;
  const onDisk = policies.find(({ application }) => application.name === name);
  if (isDeepStrictEqual(onDisk, inForce)) return [];
  return [
    `${settings.policy}: the policy of ${name} is another one on disk than in force: reload it, or take the change back`,
  ];
}

interface ReloadTools {
  readonly policies: Policies;
  readonly store: StateStore;
  readonly metrics: Metrics;
  readonly logger: Logger;
}

/** Swaps only after everything that can fail has succeeded. */
async function reloadPolicies(
  settings: Settings,
  { policies, store, metrics, logger }: ReloadTools,
): Promise<readonly string[]> {
  const loaded = loadPoliciesInForce(settings.policy, settings.environment);
  const problems =
    loaded.problems.length > 0
      ? loaded.problems
      : await raisedByPolicies({ policies, store }, loaded.policies);
  metrics.policyReloaded(problems.length === 0);
  if (problems.length > 0) logger.error({ problems }, "policy not reloaded: the old one stays in force");
  else {
    policies.replace(loaded.policies);
    logger.info(
      { applications: loaded.policies.map(({ application }) => application.name) },
      "policy reloaded",
    );
    tellOverrides(loaded.policies, logger);
  }
  return problems;
}

function accessOf({ webhookTokens, tokens, listen }: Settings): Access {
  const credentials: Credential[] = [
    ...webhookTokens.map((token) => ({
      role: "webhook" as const,
      name: "alertmanager",
      digest: digestOf(token),
    })),
    ...tokens.map(({ role, name, sha256 }) => ({ role, name, digest: Buffer.from(sha256, "hex") })),
  ];
  return new Access({ credentials, loopback: listen.loopback });
}
