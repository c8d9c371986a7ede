import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { isInstalled } from "./installed.ts";
import { answering, freePort, startProcess, temporaryDirectory } from "./process.ts";
import { Stopper } from "./stopper.ts";

export interface AlertmanagerOptions {
  /** The URL that rollbacks are posted to. */
  readonly webhook: string;
  /** Sent as `Authorization: Bearer …`; none without. */
  readonly token?: string;
  /** How long the first of a group waits for the others; default 0s. */
  readonly groupWait?: string;
  /** How often a group is looked at again; default 10s. */
  readonly groupInterval?: string;
  /** What alerts are grouped by; default: each is alone. */
  readonly groupBy?: readonly string[];
  /** How many alerts of a group are told at most; default: all. */
  readonly maxAlerts?: number;
  /** It logs what it does. */
  readonly debug?: boolean;
}

export interface AlertmanagerServer {
  readonly url: string;
  /** `host:port` */
  readonly address: string;
  alerts(): Promise<GettableAlert[]>;
  /** Hands alerts in, as Prometheus does. */
  post(alerts: readonly PostableAlert[]): Promise<void>;
  /** Silences an alert for an hour. */
  silence(alertname: string): Promise<Silence>;
  /** How often it has looked at a group with exactly this alert, in this state; only with `debug`. */
  flushes(alertname: string, state: "active" | "resolved"): number;
  /** What it logged, for failures. */
  report(): string;
  stop(): Promise<void>;
}

interface Silence {
  expire(): Promise<void>;
}

export interface PostableAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly startsAt?: string;
  readonly endsAt?: string;
}

export interface GettableAlert {
  readonly fingerprint: string;
  readonly startsAt: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly status: { readonly state: "unprocessed" | "active" | "suppressed" };
}

/** Starts a real Alertmanager on a loopback port of its own, and waits until it is ready. */
export async function startAlertmanager(options: AlertmanagerOptions): Promise<AlertmanagerServer> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("alertmanager");
    running.add(directory.remove);
    const configuredBy = join(directory.path, "alertmanager.json");
    const tokenFile = join(directory.path, "token");
    await writeFile(tokenFile, options.token ?? "");
    await writeFile(configuredBy, JSON.stringify(configuration(options, tokenFile)));
    const server = await running.start(
      startAlertmanagerFrom({ ...options, configuredBy, address: `127.0.0.1:${await freePort()}` }),
    );
    return { ...server, stop: () => running.stop() };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

interface ConfiguredAlertmanager {
  /** The path of its configuration. */
  readonly configuredBy: string;
  /** `host:port` to listen on. */
  readonly address: string;
  /** It logs what it does. */
  readonly debug?: boolean;
}

/** Starts a real Alertmanager with a configuration that is there already, and waits until it is ready. */
export async function startAlertmanagerFrom(options: ConfiguredAlertmanager): Promise<AlertmanagerServer> {
  const { configuredBy, address } = options;
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("alertmanager");
    running.add(directory.remove);
    const args = [
      `--config.file=${configuredBy}`,
      `--storage.path=${join(directory.path, "data")}`,
      `--web.listen-address=${address}`,
      // Alone: it would wait for peers before its first notification.
      "--cluster.listen-address=",
      ...(options.debug === true ? ["--log.level=debug"] : []),
    ];
    const child = await startProcess({ name: "alertmanager", command: alertmanagerCommand(), args });
    running.add(child.stop);
    const url = `http://${address}`;
    await answering(child, `${url}/-/ready`);
    return {
      url,
      address,
      alerts: async () => (await (await fetch(`${url}/api/v2/alerts`)).json()) as GettableAlert[],
      post: (alerts) => post(url, alerts),
      silence: (alertname) => silence(url, alertname),
      flushes: (alertname, state) =>
        child.report().match(new RegExp(`flushing alerts="?\\[${alertname}\\[\\w+\\]\\[${state}\\]`, "g"))
          ?.length ?? 0,
      report: child.report,
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Debian's name for the server first; upstream's for machines that got it elsewhere. */
export function alertmanagerCommand(): string {
  return ["prometheus-alertmanager", "alertmanager"].find(isInstalled) ?? "prometheus-alertmanager";
}

/** The rollback route: each alert alone and at once, repeated, with its end. Whatever calls for none ends here. */
function configuration(options: AlertmanagerOptions, tokenFile: string): object {
  const { webhook, token, maxAlerts = 0 } = options;
  const { groupBy = ["..."], groupWait = "0s", groupInterval = "10s" } = options;
  const authorization = token === undefined ? {} : { authorization: { credentials_file: tokenFile } };
  return {
    route: {
      receiver: "nobody",
      routes: [
        {
          receiver: "rollguard",
          matchers: ['rollback=~".+"'],
          group_by: groupBy,
          group_wait: groupWait,
          group_interval: groupInterval,
          repeat_interval: "5m",
          continue: true,
        },
      ],
    },
    receivers: [
      { name: "nobody" },
      {
        name: "rollguard",
        webhook_configs: [
          {
            url: webhook,
            send_resolved: true,
            max_alerts: maxAlerts,
            http_config: { follow_redirects: false, ...authorization },
          },
        ],
      },
    ],
  };
}

async function post(url: string, alerts: readonly PostableAlert[]): Promise<void> {
  const answer = await fetch(`${url}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  if (!answer.ok) throw new Error(`Alertmanager refused the alerts: ${answer.status} ${await answer.text()}`);
}

async function silence(url: string, alertname: string): Promise<Silence> {
  const answer = await fetch(`${url}/api/v2/silences`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({
      matchers: [{ name: "alertname", value: alertname, isRegex: false, isEqual: true }],
      startsAt: new Date().toISOString(),
      endsAt: new Date(Date.now() + 3_600_000).toISOString(),
      createdBy: "a test",
      comment: "being mended",
    }),
  });
  if (!answer.ok)
    throw new Error(`Alertmanager refused the silence: ${answer.status} ${await answer.text()}`);
  const { silenceID } = (await answer.json()) as { silenceID: string };
  return {
    async expire() {
      const { ok, status } = await fetch(`${url}/api/v2/silence/${silenceID}`, { method: "DELETE" });
      if (!ok) throw new Error(`Alertmanager keeps the silence: ${status}`);
    },
  };
}
