import { readFile } from "node:fs/promises";
import { parse, parseDocument } from "yaml";
import { type AlertmanagerServer, startAlertmanager } from "./alertmanager-server.ts";
import { type PrometheusRule, type PrometheusServer, startPrometheus } from "./prometheus-server.ts";
import { startRedis } from "./redis-server.ts";
import { type RollguardServer, startRollguard } from "./rollguard-server.ts";
import { type SampleApp, startSampleApp } from "./sample-app.ts";
import { Stopper } from "./stopper.ts";

export interface GenesisStack {
  readonly app: SampleApp;
  readonly prometheus: PrometheusServer;
  readonly rollguard: RollguardServer;
  /** What every server logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

export interface GenesisOptions {
  readonly store: "redis" | "embedded";
  /** The policy's alerts that Prometheus judges. */
  readonly triggers: readonly string[];
  /** The flags as they are when the test begins: percent of users, by key. */
  readonly turnedOn: ReadonlyMap<string, number>;
}

/** The parts of a policy file that the stack reads. */
export interface PolicyFile {
  readonly application: { readonly name: string; readonly trafficFlag: string };
  readonly metrics: readonly { readonly record: string; readonly expr: string }[];
  readonly alerts: readonly {
    readonly alert: string;
    readonly expr: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly rollback?: string;
  }[];
  readonly flags: Readonly<Record<string, { readonly phase?: number; readonly protected?: boolean }>>;
}

const POLICY = new URL("../../rules/genesis.yaml", import.meta.url);
const TOKEN = "a-token-that-only-this-test-knows";

export async function readGenesisPolicy(): Promise<PolicyFile> {
  return parse(await readFile(POLICY, "utf8")) as PolicyFile;
}

/** The whole road of an alert, on real servers: application → Prometheus → Alertmanager → Rollguard → store. */
export async function startGenesisStack(options: GenesisOptions): Promise<GenesisStack> {
  const running = new Stopper();
  const policy = await policyWith(options.turnedOn);
  const rules = rulesOf(parse(policy) as PolicyFile, options.triggers);
  const redis = options.store === "redis" ? await running.start(startRedis()) : undefined;
  const rollguard = await running.start(
    startRollguard({
      policy,
      webhookToken: TOKEN,
      ...(redis === undefined ? {} : { redisUrl: redis.url }),
    }),
  );
  const alertmanager: AlertmanagerServer = await running.start(
    startAlertmanager({ webhook: rollguard.webhook, token: TOKEN }),
  );
  const app = await running.start(startSampleApp());
  const prometheus = await running.start(
    startPrometheus({
      targets: [{ job: "genesis", address: app.address }],
      alertmanager: alertmanager.address,
      rules,
    }),
  );
  return {
    app,
    prometheus,
    rollguard,
    report: () => [prometheus, alertmanager, rollguard].map((server) => server.report()).join("\n"),
    stop: () => running.stop(),
  };
}

/** The shipped policy in its own words; only the flags' defaults are moved. */
async function policyWith(turnedOn: ReadonlyMap<string, number>): Promise<string> {
  const document = parseDocument(await readFile(POLICY, "utf8"));
  for (const [key, percentage] of turnedOn) {
    document.setIn(["flags", key, "enabled"], true);
    document.setIn(["flags", key, "rolloutPercentage"], percentage);
  }
  return document.toString();
}

/** The shipped expressions, with windows and `for` that suit a scrape every second instead of every five. */
function rulesOf(policy: PolicyFile, triggers: readonly string[]): PrometheusRule[] {
  const quick = (expr: string): string => expr.replaceAll(/\[\d+[smh]\]/g, "[4s]");
  const records = policy.metrics.map(({ record, expr }) => ({ record, expr: quick(expr) }));
  const alerts = triggers.map((name) => {
    const found = policy.alerts.find(({ alert }) => alert === name);
    if (found?.rollback === undefined) throw new Error(`the policy has no trigger ${name}`);
    const { alert, expr, labels, rollback } = found;
    const { application } = policy;
    return {
      alert,
      expr: quick(expr),
      for: "1s",
      labels: { ...labels, application: application.name, rollback },
    };
  });
  return [...records, ...alerts];
}
