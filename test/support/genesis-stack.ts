import { readFile } from "node:fs/promises";
import { parse } from "yaml";
import { type AlertmanagerServer, startAlertmanagerFrom } from "./alertmanager-server.ts";
import { generateFiles } from "./generated-files.ts";
import { freePort, temporaryDirectory } from "./process.ts";
import { type PrometheusServer, startPrometheusFrom } from "./prometheus-server.ts";
import { type RedisServer, startRedis } from "./redis-server.ts";
import { type RollguardServer, startRollguard } from "./rollguard-server.ts";
import { type SampleApp, startSampleApp } from "./sample-app.ts";
import { startSlackSink } from "./slack-sink.ts";
import { stackPolicy } from "./stack-policy.ts";
import { Stopper } from "./stopper.ts";

export interface GenesisStack {
  readonly app: SampleApp;
  readonly prometheus: PrometheusServer;
  readonly alertmanager: AlertmanagerServer;
  readonly rollguard: RollguardServer;
  /** Where the store is one. */
  readonly redis: RedisServer | undefined;
  /** What Alertmanager brings along. */
  readonly webhookToken: string;
  /** Starts another one at the same address, when the first one was stopped. */
  startPrometheus(): Promise<PrometheusServer>;
  /** The same of Alertmanager: the new one knows nothing of what the first one has seen and sent. */
  startAlertmanager(): Promise<AlertmanagerServer>;
  /** What Rollguard was started with. */
  readonly policy: string;
  /** Where the generated files are. */
  readonly directory: string;
  /** What every server logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

export interface GenesisOptions {
  readonly store: "redis" | "embedded";
  /** The policy's alerts that fire within seconds; with none of them everything keeps the policy's own times. */
  readonly quick: readonly string[];
  /** Where things are quick: until when a rollback may be without an effect before the next tier is tried. */
  readonly giveUpAfter?: string;
  /** How long Alertmanager gathers the changes of an alert that it has told of; default: what is generated. */
  readonly groupInterval?: string;
  /** What else is different from the shipped policy. */
  readonly edit?: (policy: string) => string;
  /** The flags as they are when the stack begins: percent of users, by key. */
  readonly turnedOn: ReadonlyMap<string, number>;
  /** More settings of Rollguard. */
  readonly env?: Readonly<Record<string, string>>;
  /** What people would read in Slack. */
  readonly onMessage?: (title: string, text: string) => void;
}

/** The parts of a policy file that tests read. */
export interface PolicyFile {
  readonly application: { readonly name: string; readonly trafficFlag: string };
  readonly alerts: readonly { readonly alert: string; readonly rollback?: string }[];
  readonly flags: Readonly<Record<string, { readonly phase?: number; readonly protected?: boolean }>>;
}

const POLICY = new URL("../../rules/genesis.yaml", import.meta.url);
const TOKEN = "a-token-that-only-this-test-knows";

export async function readGenesisPolicy(): Promise<PolicyFile> {
  return parse(await readFile(POLICY, "utf8")) as PolicyFile;
}

/**
 * The whole road of an alert, on real servers: application → Prometheus → Alertmanager → Rollguard → store. Every
 * server reads what `rollguard generate` has written.
 */
export async function startGenesisStack(options: GenesisOptions): Promise<GenesisStack> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("stack");
    running.add(directory.remove);
    const app = await running.start(startSampleApp());
    const slack = await running.start(startSlackSink(options.onMessage ?? (() => undefined)));
    const addresses = new Map([["genesis", app.address]]);
    for (const job of ["rollguard", "prometheus", "alertmanager"]) addresses.set(job, await freeAddress());
    const addressOf = (job: string): string => String(addresses.get(job));
    const { edit = (text) => text } = options;
    const policy = edit(stackPolicy(await readFile(POLICY, "utf8"), { ...options, addresses }));
    const files = await generateFiles({
      policy,
      directory: directory.path,
      secrets: { rollguard_webhook_token: TOKEN, slack_webhook_url: slack.url },
      ...(options.groupInterval === undefined ? {} : { groupInterval: options.groupInterval }),
    });

    const redis = options.store === "redis" ? await running.start(startRedis()) : undefined;
    const rollguard = await running.start(
      startRollguard({
        policy,
        webhookToken: TOKEN,
        address: addressOf("rollguard"),
        env: {
          ROLLGUARD_PROMETHEUS_URL: `http://${addressOf("prometheus")}`,
          ROLLGUARD_ALERTMANAGER_URL: `http://${addressOf("alertmanager")}`,
          ...options.env,
        },
        ...(redis === undefined ? {} : { redisUrl: redis.url }),
      }),
    );
    const startAlertmanager = (): Promise<AlertmanagerServer> =>
      running.start(
        startAlertmanagerFrom({ configuredBy: files.alertmanager, address: addressOf("alertmanager") }),
      );
    const alertmanager = await startAlertmanager();
    const resent = options.quick.length > 0 ? { resendEvery: "5s" } : {};
    const startPrometheus = (): Promise<PrometheusServer> =>
      running.start(
        startPrometheusFrom({
          configuredBy: files.prometheus,
          address: addressOf("prometheus"),
          ...resent,
        }),
      );
    const prometheus = await startPrometheus();
    return {
      app,
      prometheus,
      alertmanager,
      rollguard,
      redis,
      webhookToken: TOKEN,
      policy,
      directory: directory.path,
      startPrometheus,
      startAlertmanager,
      report: () => [prometheus, alertmanager, rollguard].map((server) => server.report()).join("\n"),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

async function freeAddress(): Promise<string> {
  return `127.0.0.1:${await freePort()}`;
}
