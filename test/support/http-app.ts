import { mkdtemp, rm } from "node:fs/promises";
import type { RequestListener } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Access, type Credential } from "../../src/adapters/http/access.ts";
import type { CorsOrigins } from "../../src/adapters/http/cors.ts";
import { createHttpApp } from "../../src/adapters/http/create-http-app.ts";
import type { OfrepOptions } from "../../src/adapters/http/ofrep-listener.ts";
import { rendered } from "../../src/adapters/report/rendered.ts";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { createMetrics } from "../../src/adapters/telemetry/metrics.ts";
import { acceptLoss } from "../../src/app/accept-loss.ts";
import { FlagEvaluations } from "../../src/app/flag-evaluations.ts";
import type { FlagKeeper } from "../../src/app/flag-keeping.ts";
import { FlagSnapshots } from "../../src/app/flag-snapshots.ts";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import { handleAlerts } from "../../src/app/handle-alerts.ts";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import { hearWatchdog } from "../../src/app/hear-watchdog.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Clock, Logger, StateStore } from "../../src/app/ports.ts";
import type { PreflightReport } from "../../src/app/preflight.ts";
import { Readiness } from "../../src/app/readiness.ts";
import { sampleApplications } from "../../src/app/sample-applications.ts";
import { sampleFlags } from "../../src/app/sample-flags.ts";
import { Tally } from "../../src/app/tally.ts";
import { type ComposedFlagClients, composeFlagClients } from "../../src/compose/flag-clients.ts";
import { composeReports } from "../../src/compose/reports.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { storeAt } from "./store-with.ts";

const NOWHERE = { prometheusUrl: null, alertmanagerUrl: null, externalUrl: null };

interface TestAppOptions {
  readonly policies: readonly Policy[];
  readonly credentials?: readonly Credential[];
  readonly loopback?: boolean;
  readonly maxBody?: number;
  readonly now?: number;
  /** Instead of one that stands still at `now`. */
  readonly clock?: Clock;
  readonly reload?: () => readonly string[];
  /** Instead of an embedded store in a temporary directory. */
  readonly store?: StateStore;
  readonly production?: boolean;
  /** Milliseconds between comments in event streams, and how many of those may be open. */
  readonly heartbeat?: number;
  /** Milliseconds between two looks at who was told and has not asked. */
  readonly sweep?: number;
  readonly maxFlagStreams?: number;
  /** Of streams of the ledger: how many may be open, and how many milliseconds one waits for its reader. */
  readonly maxStreams?: number;
  readonly streamPatience?: number;
  /** What preflight says; that all is well without. */
  readonly preflight?: PreflightReport;
  readonly corsOrigins?: CorsOrigins;
  readonly keeper?: FlagKeeper;
  readonly onBulk?: OfrepOptions["onBulk"];
  /** Answers to bulk requests say where changes are told, as those of the real server do. */
  readonly eventStreams?: boolean;
  /** Milliseconds between two looks at the flags in the store; without, they are looked at when they are announced. */
  readonly lookAgain?: number;
  /** Asks Alertmanager for what a webhook has not brought; without, there is none. */
  readonly askForRest?: () => void;
}

export interface TestApp {
  readonly app: RequestListener;
  readonly store: StateStore;
  readonly flags: FlagSnapshots;
  readonly evaluations: FlagEvaluations;
  readonly tally: Tally;
  readonly clients: ComposedFlagClients;
  /** What was logged, as `level: message` with its fields. */
  readonly log: { level: string; message: string; fields: object }[];
  stop(): Promise<void>;
}

/** The HTTP application as it is composed for users, on a real embedded store. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const { credentials = [], loopback = true, maxBody = 32 * 1024 ** 2, now = 1_790_000_000_000 } = options;
  const directory = await mkdtemp(join(tmpdir(), "rollguard-http-"));
  const policies = new Policies(options.policies);
  const clock = options.clock ?? { now: () => now };
  const log: TestApp["log"] = [];
  const logger = recording(log);
  const evaluations = new FlagEvaluations();
  const metrics = createMetrics({
    version: "0.0.0-test",
    store: "embedded",
    sample: () => sampleApplications({ policies, store, clock }),
    ready: () => readiness.check(),
    flagClients: () => clients.flagClients.counts(),
    sampleFlags: () => sampleFlags(flags, evaluations),
  });
  const store = options.store ?? createEmbeddedStore({ directory, observer: metrics.storeObserver });
  const readiness = new Readiness({ policies, store, logger });
  const flags = new FlagSnapshots({
    policies,
    store,
    clock,
    logger,
    keeper: options.keeper ?? null,
    ...(options.lookAgain === undefined ? {} : { lookAgain: options.lookAgain }),
  });
  if (options.lookAgain !== undefined) flags.start();
  const { recorder } = metrics;
  const commits = new CommitsHeard({ clock, recorder });
  const lanes = new Lanes({
    store: storeAt(store, clock),
    policies,
    committed: (_, events) => commits.hear(events),
  });
  const tally = new Tally({ lanes, logger });
  const settings = {
    streamSecret: "a secret of this test that nobody else knows",
    externalUrl: null,
    redisUrl: null,
  };
  const clients = composeFlagClients({ settings, flags, store, lanes, clock, recorder, logger });
  const { askForRest = null } = options;
  const closing = new AbortController();
  const app = createHttpApp({
    access: new Access({ credentials, loopback }),
    policies,
    store,
    flags,
    corsOrigins: options.corsOrigins ?? null,
    evaluations,
    ...(options.onBulk === undefined ? {} : { onBulk: options.onBulk }),
    ...(options.eventStreams === true ? { onBulk: clients.onBulk } : {}),
    lanes,
    logger,
    clock,
    closing: closing.signal,
    flagClients: clients.flagClients,
    streamUrls: clients.streamUrls,
    ...(options.heartbeat === undefined ? {} : { heartbeat: options.heartbeat }),
    ...(options.sweep === undefined ? {} : { sweep: options.sweep }),
    ...(options.maxStreams === undefined ? {} : { maxStreams: options.maxStreams }),
    ...(options.streamPatience === undefined ? {} : { streamPatience: options.streamPatience }),
    ...(options.maxFlagStreams === undefined ? {} : { maxFlagStreams: options.maxFlagStreams }),
    production: options.production ?? false,
    gatherEvidence: (policy, state) => gatherEvidence({ metrics: null, alerts: null, clock }, policy, state),
    preflight: async () => options.preflight ?? { ok: true, checks: [] },
    recorder,
    metrics,
    observeWebhook: metrics.observeWebhook,
    maxBody,
    handleAlerts: (alerts, envelope) =>
      handleAlerts(
        {
          policies,
          lanes,
          recorder,
          logger,
          clock,
          tally,
          askForRest,
          askWhetherFiring: null,
          askWhyUnread: null,
        },
        alerts,
        envelope,
      ),
    hearWatchdog: (alerts) => hearWatchdog({ policies, lanes, recorder, clock }, alerts),
    acceptLoss: (said) => acceptLoss({ policies, store, flags, recorder, logger }, said),
    ready: () => readiness.check(),
    stopping: () => false,
    reloadPolicies: async () => options.reload?.() ?? [],
    makeReport: composeReports({ settings: NOWHERE, metrics: null, alerts: null, policies, store, clock }),
    renderReport: rendered,
  });
  return {
    app,
    store,
    flags,
    evaluations,
    tally,
    clients,
    log,
    async stop() {
      closing.abort();
      await clients.stop();
      await flags.stop();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function recording(log: TestApp["log"]): Logger {
  const at = (level: string) => (fields: object, message: string) => {
    log.push({ level, message, fields });
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
