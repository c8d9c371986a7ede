import type { Policy, ScrapePolicy } from "../policy.ts";
import { type Duration, formatDuration } from "../time.ts";
import { isAtLeast, type Target } from "./versions.ts";

/** The job under which Prometheus scrapes Alertmanager, and whose targets it sends its alerts to. */
export const ALERTMANAGER_JOB = "alertmanager";

const DEFAULT_PATH = "/metrics";

export interface PrometheusConfig {
  readonly global: ScrapeTimes & { readonly evaluation_interval: string };
  readonly rule_files: readonly string[];
  readonly alerting?: { readonly alertmanagers: readonly { readonly static_configs: readonly Targets[] }[] };
  readonly scrape_configs: readonly ScrapeConfig[];
}

interface ScrapeTimes {
  readonly scrape_interval: string;
  readonly scrape_timeout: string;
}

interface ScrapeConfig extends Partial<ScrapeTimes> {
  readonly job_name: string;
  readonly fallback_scrape_protocol?: string;
  readonly static_configs: readonly Targets[];
}

interface Targets {
  readonly targets: readonly string[];
  readonly labels?: { readonly __metrics_path__: string };
}

/**
 * The configuration of one Prometheus that watches every application given.
 * @param ruleFiles as Prometheus finds them from where its configuration lies
 */
export function prometheusConfig(
  policies: readonly Policy[],
  ruleFiles: readonly string[],
  target: Target,
): PrometheusConfig {
  const jobs = jobsOf(policies);
  const times = timesOf(policies.map(({ scrape }) => scrape));
  const alertmanagers = jobs.get(ALERTMANAGER_JOB);
  return {
    global: {
      ...timesText(times),
      evaluation_interval: formatDuration(
        Math.min(...policies.map(({ scrape }) => scrape.evaluationInterval)),
      ),
    },
    rule_files: ruleFiles,
    ...(alertmanagers === undefined
      ? {}
      : { alerting: { alertmanagers: [{ static_configs: [{ targets: addressesOf(alertmanagers) }] }] } }),
    scrape_configs: [...jobs].map(([name, job]) => scrapeConfig(name, job, times, target)),
  };
}

interface Job {
  /** Addresses by metrics path. */
  readonly paths: Map<string, Set<string>>;
  /** The policies that have it. */
  readonly scrapes: Set<ScrapePolicy>;
  /** Some policy's application itself, rather than a server beside it. */
  isApplication: boolean;
}

/** Applications on one Prometheus share what stands beside them: a job of the same name is one job. */
function jobsOf(policies: readonly Policy[]): Map<string, Job> {
  const jobs = new Map<string, Job>();
  for (const { application, scrape } of policies) {
    for (const { job: name, address, metricsPath } of scrape.targets) {
      const job = jobs.get(name) ?? { paths: new Map(), scrapes: new Set(), isApplication: false };
      jobs.set(name, job);
      const addresses = job.paths.get(metricsPath) ?? new Set();
      job.paths.set(metricsPath, addresses.add(address));
      job.scrapes.add(scrape);
      job.isApplication ||= name === application.job;
    }
  }
  return jobs;
}

function scrapeConfig(name: string, job: Job, shared: Times, target: Target): ScrapeConfig {
  const times = timesOf([...job.scrapes]);
  const isLikeTheRest = times.interval === shared.interval && times.timeout === shared.timeout;
  return {
    job_name: name,
    ...(isLikeTheRest ? {} : timesText(times)),
    // Prometheus 3 refuses metrics without a usable Content-Type, which 2 took for its text format. What we know
    // nothing of must not go blind for that.
    ...(job.isApplication && isAtLeast(target.prometheus, 3, 0)
      ? { fallback_scrape_protocol: "PrometheusText0.0.4" }
      : {}),
    static_configs: [...job.paths].map(([path, addresses]) => ({
      targets: [...addresses],
      ...(path === DEFAULT_PATH ? {} : { labels: { __metrics_path__: path } }),
    })),
  };
}

function addressesOf(job: Job): string[] {
  return [...new Set([...job.paths.values()].flatMap((addresses) => [...addresses]))];
}

interface Times {
  readonly interval: Duration;
  readonly timeout: Duration;
}

/** The most demanding policy decides. */
function timesOf(scrapes: readonly ScrapePolicy[]): Times {
  return {
    interval: Math.min(...scrapes.map(({ interval }) => interval)),
    timeout: Math.min(...scrapes.map(({ timeout }) => timeout)),
  };
}

function timesText({ interval, timeout }: Times): ScrapeTimes {
  return { scrape_interval: formatDuration(interval), scrape_timeout: formatDuration(timeout) };
}
