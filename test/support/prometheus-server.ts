import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { answering, freePort, startProcess, temporaryDirectory } from "./process.ts";
import { Stopper } from "./stopper.ts";

/** A rule as Prometheus' rule files write it. */
export type PrometheusRule =
  | { readonly record: string; readonly expr: string; readonly labels?: Readonly<Record<string, string>> }
  | {
      readonly alert: string;
      readonly expr: string;
      readonly for?: string;
      readonly labels?: Readonly<Record<string, string>>;
      readonly annotations?: Readonly<Record<string, string>>;
    };

export interface PrometheusTarget {
  readonly job: string;
  /** `host:port` */
  readonly address: string;
  /** A scrape with more samples fails; default: none does. */
  readonly sampleLimit?: number;
}

export interface PrometheusOptions {
  readonly targets: readonly PrometheusTarget[];
  readonly rules: readonly PrometheusRule[];
  /** Default: `test`. */
  readonly group?: string;
  /** `host:port` of the Alertmanager that gets the alerts. */
  readonly alertmanager?: string;
  /** Scrape and evaluation interval, in Prometheus' own notation. */
  readonly interval?: string;
}

export interface PrometheusServer {
  readonly url: string;
  /** `host:port` */
  readonly address: string;
  /** The instant value of each series that `expr` gives. */
  query(expr: string): Promise<Sample[]>;
  /** Pending and firing alerts. */
  alerts(): Promise<PrometheusAlert[]>;
  /** What it logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface PrometheusAlert {
  readonly state: "pending" | "firing";
  /** When the expression became true, before `for`. */
  readonly activeAt: string;
  readonly labels: Readonly<Record<string, string>>;
}

/** Starts a real Prometheus on a loopback port of its own, and waits until it is ready. */
export async function startPrometheus(options: PrometheusOptions): Promise<PrometheusServer> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("prometheus");
    running.add(directory.remove);
    const configuredBy = join(directory.path, "prometheus.json");
    const rules = join(directory.path, "rules.json");
    await writeFile(
      rules,
      JSON.stringify({ groups: [{ name: options.group ?? "test", rules: options.rules }] }),
    );
    await writeFile(configuredBy, JSON.stringify(configuration(options, rules)));
    const server = await running.start(
      startPrometheusFrom({ configuredBy, address: `127.0.0.1:${await freePort()}` }),
    );
    return { ...server, stop: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

interface ConfiguredPrometheus {
  /** The path of its configuration. */
  readonly configuredBy: string;
  /** `host:port` to listen on. */
  readonly address: string;
  /** How often it hands a firing alert in again, in its own notation; default: its own minute. */
  readonly resendEvery?: string;
  /** Where it keeps its samples, also when it is stopped; default: a place of its own that goes with it. */
  readonly data?: string;
  /** What has to be asked for by name: `native-histograms`. */
  readonly features?: readonly string[];
}

/** Starts a real Prometheus with a configuration that is there already, and waits until it is ready. */
export async function startPrometheusFrom(options: ConfiguredPrometheus): Promise<PrometheusServer> {
  const { configuredBy, address, resendEvery = "1m", data, features = [] } = options;
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("prometheus");
    running.add(directory.remove);
    const args = [
      `--config.file=${configuredBy}`,
      `--storage.tsdb.path=${data ?? join(directory.path, "data")}`,
      `--web.listen-address=${address}`,
      `--rules.alert.resend-delay=${resendEvery}`,
      ...features.map((feature) => `--enable-feature=${feature}`),
    ];
    const child = await startProcess({ name: "prometheus", command: "prometheus", args });
    running.add(child.stop);
    const url = `http://${address}`;
    await answering(child, `${url}/-/ready`);
    return {
      url,
      address,
      query: (expr) => query(url, expr),
      alerts: async () => (await ask<{ alerts: PrometheusAlert[] }>(`${url}/api/v1/alerts`)).alerts,
      report: child.report,
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** JSON is YAML, so no text has to be quoted by hand. */
function configuration({ targets, alertmanager, interval = "1s" }: PrometheusOptions, rules: string): object {
  return {
    global: { scrape_interval: interval, scrape_timeout: interval, evaluation_interval: interval },
    rule_files: [rules],
    scrape_configs: targets.map(({ job, address, sampleLimit = 0 }) => ({
      job_name: job,
      sample_limit: sampleLimit,
      static_configs: [{ targets: [address] }],
    })),
    alerting: {
      alertmanagers: alertmanager === undefined ? [] : [{ static_configs: [{ targets: [alertmanager] }] }],
    },
  };
}

interface Vector {
  readonly result: readonly { readonly metric: Record<string, string>; readonly value: [number, string] }[];
}

async function query(url: string, expr: string): Promise<Sample[]> {
  const { result } = await ask<Vector>(`${url}/api/v1/query?${new URLSearchParams({ query: expr })}`);
  return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
}

async function ask<T>(url: string): Promise<T> {
  const answer = (await (await fetch(url)).json()) as { status: string; data: T; error?: string };
  if (answer.status !== "success") throw new Error(`${url}: ${answer.error}`);
  return answer.data;
}
