import { startAlertmanagerFrom } from "../../test/support/alertmanager-server.ts";
import { generateFiles } from "../../test/support/generated-files.ts";
import { startPrometheusFrom } from "../../test/support/prometheus-server.ts";
import { startSlackSink } from "../../test/support/slack-sink.ts";
import { Stopper } from "../../test/support/stopper.ts";
import type { AlertState, Monitoring } from "./monitoring.ts";

export interface RealMonitoringOptions {
  /** The text of the policy. */
  readonly policy: string;
  /** `host:port` of each job. */
  readonly addresses: ReadonlyMap<string, string>;
  readonly webhookToken: string;
  /** Where the generated files go. */
  readonly directory: string;
}

/** What a healthy application has; each of them is what some trigger looks at. */
const EVERYTHING =
  'error_rate >= 0 and on() test_pass_rate > 98 and on() p95_latency > 0 and on() up{job="genesis"} == 1';

/** Starts a real Prometheus and a real Alertmanager with what `rollguard generate` writes of the policy. */
export async function startRealMonitoring(options: RealMonitoringOptions): Promise<Monitoring> {
  const { policy, directory, webhookToken } = options;
  const addressOf = (job: string): string => String(options.addresses.get(job));
  const running = new Stopper();
  try {
    const slack = await running.start(startSlackSink(() => undefined));
    const files = await generateFiles({
      policy,
      directory,
      secrets: { rollguard_webhook_token: webhookToken, slack_webhook_url: slack.url },
      // Of an alert that ends Alertmanager tells after this; ten seconds would be a long time to look at nothing.
      groupInterval: "1s",
    });
    const alertmanager = await running.start(
      startAlertmanagerFrom({ configuredBy: files.alertmanager, address: addressOf("alertmanager") }),
    );
    const prometheus = await running.start(
      startPrometheusFrom({
        configuredBy: files.prometheus,
        address: addressOf("prometheus"),
        resendEvery: "5s",
      }),
    );
    return {
      seesEverything: async () => (await prometheus.query(EVERYTHING)).length > 0,
      stateOf: async (name) => {
        const states = (await prometheus.alerts())
          .filter(({ labels }) => labels.alertname === name)
          .map(({ state }): AlertState => state);
        return states.find((state) => state === "firing") ?? states[0] ?? "inactive";
      },
      report: () => `${alertmanager.report()}\n${prometheus.report()}`,
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
