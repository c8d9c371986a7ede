import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Express } from "express";
import { Access, type Credential } from "../../src/adapters/http/access.ts";
import { createHttpApp } from "../../src/adapters/http/create-http-app.ts";
import { createEmbeddedStore } from "../../src/adapters/store/embedded/embedded-store.ts";
import { createMetrics } from "../../src/adapters/telemetry/metrics.ts";
import { FlagSnapshots } from "../../src/app/flag-snapshots.ts";
import { gatherEvidence } from "../../src/app/gather-evidence.ts";
import { handleAlerts } from "../../src/app/handle-alerts.ts";
import { CommitsHeard } from "../../src/app/hear-commits.ts";
import { hearWatchdog } from "../../src/app/hear-watchdog.ts";
import { Lanes } from "../../src/app/lanes.ts";
import { Policies } from "../../src/app/policies.ts";
import type { Logger, StateStore } from "../../src/app/ports.ts";
import type { PreflightReport } from "../../src/app/preflight.ts";
import { sampleApplications } from "../../src/app/sample-applications.ts";
import { Tally } from "../../src/app/tally.ts";
import { type ComposedFlagClients, composeFlagClients } from "../../src/compose/flag-clients.ts";
import type { Policy } from "../../src/domain/policy.ts";

interface TestAppOptions {
  readonly policies: readonly Policy[];
  readonly credentials?: readonly Credential[];
  readonly loopback?: boolean;
  readonly maxBody?: number;
  /** A time that stands still, or a clock. */
  readonly now?: number | (() => number);
  readonly reload?: () => readonly string[];
  /** Instead of an embedded store in a temporary directory. */
  readonly store?: StateStore;
  readonly production?: boolean;
  /** Milliseconds between comments in event streams, and how many of those may be open. */
  readonly heartbeat?: number;
  readonly maxFlagStreams?: number;
  /** What preflight says; that all is well without. */
  readonly preflight?: PreflightReport;
}

export interface TestApp {
  readonly app: Express;
  readonly store: StateStore;
  readonly tally: Tally;
  readonly clients: ComposedFlagClients;
  readonly snapshots: FlagSnapshots;
  /** What was logged, as `level: message` with its fields. */
  readonly log: { level: string; message: string; fields: object }[];
  stop(): Promise<void>;
}

/** The HTTP application as it is composed for users, on a real embedded store. */
export async function startTestApp(options: TestAppOptions): Promise<TestApp> {
  const { credentials = [], loopback = true, maxBody = 32 * 1024 ** 2, now = 1_790_000_000_000 } = options;
  const directory = await mkdtemp(join(tmpdir(), "rollguard-http-"));
  const policies = new Policies(options.policies);
  const clock = { now: typeof now === "number" ? () => now : now };
  const log: TestApp["log"] = [];
  const logger = recording(log);
  const metrics = createMetrics({
    version: "0.0.0-test",
    store: "embedded",
    sample: () => sampleApplications({ policies, store, clock }),
    flagClients: () => clients.flagClients.counts(),
  });
  const store = options.store ?? createEmbeddedStore({ directory, observer: metrics.storeObserver });
  const { recorder } = metrics;
  const commits = new CommitsHeard({ clock, recorder });
  const lanes = new Lanes({ store, clock, policies, committed: (_, events) => commits.hear(events) });
  const tally = new Tally({ lanes, logger });
  const snapshots = new FlagSnapshots({ policies, store, clock, logger, keeper: null });
  const settings = {
    streamSecret: "a secret of this test that nobody else knows",
    externalUrl: null,
    redisUrl: null,
  };
  const clients = composeFlagClients({ settings, snapshots, store, lanes, clock, recorder, logger });
  const closing = new AbortController();
  const app = createHttpApp({
    access: new Access({ credentials, loopback }),
    policies,
    store,
    lanes,
    logger,
    clock,
    closing: closing.signal,
    flagClients: clients.flagClients,
    streamUrls: clients.streamUrls,
    cors: (_request, _response, next) => next(),
    ...(options.heartbeat === undefined ? {} : { heartbeat: options.heartbeat }),
    ...(options.maxFlagStreams === undefined ? {} : { maxFlagStreams: options.maxFlagStreams }),
    production: options.production ?? false,
    gatherEvidence: (policy, state) => gatherEvidence({ metrics: null, alerts: null, clock }, policy, state),
    preflight: async () => options.preflight ?? { ok: true, checks: [] },
    recorder,
    metrics,
    observeWebhook: metrics.observeWebhook,
    maxBody,
    handleAlerts: (alerts, application) =>
      handleAlerts({ policies, lanes, recorder, logger, clock, tally }, alerts, application),
    hearWatchdog: (alerts) => hearWatchdog({ policies, lanes, recorder, clock }, alerts),
    stopping: () => false,
    reloadPolicies: options.reload ?? (() => []),
  });
  return {
    app,
    store,
    tally,
    clients,
    snapshots,
    log,
    async stop() {
      closing.abort();
      await snapshots.stop();
      await clients.stop();
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
