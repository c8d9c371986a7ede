import { fingerprintOf } from "../../src/domain/fingerprint.ts";
import { AlertRule } from "./alert-rule.ts";
import type { Monitoring, PolicyAlert } from "./monitoring.ts";
import { metricsOf, type Scrape, scrape } from "./scrape.ts";

export interface BuiltInMonitoringOptions {
  /** Where the application is. */
  readonly target: string;
  /** Where alerts go. */
  readonly webhook: string;
  readonly webhookToken: string;
  readonly application: string;
  /** The policy's. Those that are more than one metric against one number are left out. */
  readonly alerts: readonly PolicyAlert[];
}

/** Milliseconds. */
const LOOK_EVERY = 1_000;
/** How many looks a rate spans. */
const WINDOW = 4;

/**
 * Prometheus and Alertmanager for those who have neither: looks at the application's metrics every second, compares
 * them with the policy's own limits, and sends what Alertmanager would send. It answers no queries, so Rollguard
 * cannot ask it whether a rollback has helped.
 */
export function startBuiltInMonitoring(options: BuiltInMonitoringOptions): Monitoring {
  const rules = AlertRule.readable(options.alerts.filter(({ rollback }) => rollback !== undefined));
  /** When each alert that Rollguard knows of has begun to fire. */
  const sent = new Map<AlertRule, number>();
  let scrapes: Scrape[] = [];
  let known = 0;
  let looking = false;
  let log = "";

  const deliver = async (rule: AlertRule): Promise<void> => {
    const startsAt = rule.firingSince ?? sent.get(rule);
    if (startsAt === undefined || (rule.firingSince !== undefined && sent.has(rule))) return;
    const isFiring = rule.firingSince !== undefined;
    const answer = await post(options, webhookBody(rule.alert, options.application, startsAt, isFiring));
    log += `${rule.alert.alert} ${isFiring ? "fires" : "has resolved"}: ${answer}\n`;
    // What was not taken is sent again at the next look, as Alertmanager would.
    if (answer !== 200) return;
    if (isFiring) sent.set(rule, startsAt);
    else sent.delete(rule);
  };
  const look = async (): Promise<void> => {
    if (looking) return;
    looking = true;
    const now = await scrape(options.target);
    const metrics = metricsOf(scrapes[0], now);
    scrapes = [...scrapes, now].slice(-WINDOW);
    known = metrics.size;
    for (const rule of rules) {
      rule.judge(metrics, now.at);
      await deliver(rule);
    }
    looking = false;
  };
  const timer = setInterval(() => void look(), LOOK_EVERY);
  return {
    // up, the pass rate, the error rate and two latencies
    seesEverything: async () => known === 5,
    stateOf: async (name) => rules.find(({ alert }) => alert.alert === name)?.state ?? "inactive",
    report: () => `--- built-in monitoring ---\n${log}`,
    stop: async () => clearInterval(timer),
  };
}

/** Returns the status, or what went wrong. */
async function post({ webhook, webhookToken }: BuiltInMonitoringOptions, body: object): Promise<unknown> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${webhookToken}` };
  return fetch(webhook, { method: "POST", headers, body: JSON.stringify(body) }).then(
    ({ status }) => status,
    (error: unknown) => error,
  );
}

/** Alertmanager's own, version 4, of the route that rollbacks take: each alert alone. */
function webhookBody(rule: PolicyAlert, application: string, startsAt: number, isFiring: boolean): object {
  const labels = {
    ...rule.labels,
    alertname: rule.alert,
    application,
    ...(rule.rollback === undefined ? {} : { rollback: rule.rollback }),
  };
  // The others are templates, that Prometheus fills in.
  const annotations = { summary: rule.annotations?.summary ?? rule.alert };
  const status = isFiring ? "firing" : "resolved";
  const alert = {
    status,
    labels,
    annotations,
    startsAt: new Date(startsAt).toISOString(),
    endsAt: isFiring ? "0001-01-01T00:00:00Z" : new Date().toISOString(),
    generatorURL: "",
    fingerprint: fingerprintOf(labels),
  };
  return {
    version: "4",
    groupKey: `{}/{rollback=~".+"}:{alertname="${rule.alert}"}`,
    truncatedAlerts: 0,
    status,
    receiver: "rollguard",
    groupLabels: labels,
    commonLabels: labels,
    commonAnnotations: annotations,
    externalURL: "",
    alerts: [alert],
  };
}
