import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type AlertmanagerServer, startAlertmanager } from "./alertmanager-server.ts";
import { answering, freePort, saying, startProcess } from "./process.ts";
import { type PrometheusServer, startPrometheus } from "./prometheus-server.ts";
import { type SampleApp, startSampleApp } from "./sample-app.ts";
import { Stopper } from "./stopper.ts";
import { until } from "./until.ts";
import { startWebhookReceiver, type WebhookReceiver } from "./webhook-receiver.ts";

// The end-to-end tests trust this chain: when one of them fails and this passes, the fault is Rollguard's.
describe("sample application → Prometheus → Alertmanager → webhook", () => {
  const running = new Stopper();
  let app: SampleApp;
  let receiver: WebhookReceiver;
  let alertmanager: AlertmanagerServer;
  let prometheus: PrometheusServer;

  beforeAll(async () => {
    app = await running.start(startSampleApp());
    receiver = await running.start(startWebhookReceiver());
    alertmanager = await running.start(startAlertmanager({ webhook: receiver.url, token: "s3cret" }));
    prometheus = await running.start(
      startPrometheus({
        targets: [{ job: "genesis", address: app.address }],
        alertmanager: alertmanager.address,
        rules: [
          { record: "test_pass_rate", expr: "genesis_tests_passed / genesis_tests_total * 100" },
          {
            record: "error_rate",
            expr: "sum(rate(genesis_errors_total[4s])) / sum(rate(genesis_requests_total[4s])) * 100",
          },
          {
            record: "p95_latency",
            expr: "histogram_quantile(0.95, sum by (le) (rate(genesis_request_duration_seconds_bucket[4s]))) * 1000",
          },
          {
            alert: "ErrorRateSpike",
            expr: "error_rate > 1",
            for: "1s",
            labels: { application: "genesis", severity: "critical", rollback: "safe-state" },
          },
          { alert: "NothingToRollBack", expr: "vector(1)", labels: { severity: "warning" } },
        ],
      }),
    );
  });

  afterAll(() => running.stop());

  const measured = (expr: string, accept: (value: number) => boolean): Promise<number> =>
    until(expr, async () => (await prometheus.query(expr))[0]?.value ?? Number.NaN, accept, {
      onFailure: prometheus.report,
    });

  test("a healthy application is healthy in Prometheus' eyes", async () => {
    await measured('up{job="genesis"}', (up) => up === 1);
    expect(await measured("test_pass_rate", (rate) => rate > 0)).toBe(99);
    expect(await measured("error_rate", (rate) => rate > 0)).toBeCloseTo(0.05, 3);
    expect(await measured("p95_latency", (latency) => latency > 0)).toBeLessThan(100);
    expect(receiver.received).toEqual([]);
  });

  test("a breach arrives alone, at once, with the token; and so does its end", async () => {
    app.failRequests(5);
    const [fired] = await until(
      "the firing webhook",
      () => receiver.received,
      (all) => all.length > 0,
      {
        onFailure: () => prometheus.report() + alertmanager.report(),
      },
    );
    expect(fired?.headers.authorization).toBe("Bearer s3cret");
    expect(fired?.body).toMatchObject({ version: "4", status: "firing", receiver: "rollguard" });
    expect(fired?.body.alerts).toHaveLength(1);
    expect(fired?.body.alerts[0]).toMatchObject({
      status: "firing",
      endsAt: "0001-01-01T00:00:00Z",
      labels: { alertname: "ErrorRateSpike", application: "genesis", rollback: "safe-state" },
    });

    app.recover();
    const resolved = await until(
      "the resolved webhook",
      () => receiver.received.find(({ body }) => body.alerts[0]?.status === "resolved"),
      (found) => found !== undefined,
      { within: 25_000, onFailure: () => prometheus.report() + alertmanager.report() },
    );
    expect(resolved.body.alerts[0]?.fingerprint).toBe(fired?.body.alerts[0]?.fingerprint);
    expect(receiver.received.some(({ body }) => body.commonLabels.rollback === undefined)).toBe(false);
  });

  test("an application that drops its connections is down, and comes back with its counters", async () => {
    const before = await measured("genesis_requests_total", (requests) => requests > 0);
    app.goDown();
    await measured('up{job="genesis"}', (up) => up === 0);
    app.recover();
    await measured('up{job="genesis"}', (up) => up === 1);
    expect(await measured("genesis_requests_total", (requests) => requests > 0)).toBeGreaterThan(before);
  });
});

describe("a child process", () => {
  const forever = "setInterval(() => {}, 1000)";

  test("that ends before it is ready fails the wait at once, with its output", async () => {
    const args = ["-e", "console.error('no such setting'); process.exit(3)"];
    const child = await startProcess({ name: "server", command: "node", args });
    await expect(answering(child, `http://127.0.0.1:${await freePort()}/`)).rejects.toThrow(
      /ended with 3 before[\s\S]*no such setting/,
    );
  });

  test("that does not heed SIGTERM is killed", async () => {
    const args = ["-e", `process.on("SIGTERM", () => {}); console.log("deaf"); ${forever}`];
    const child = await startProcess({ name: "deaf", command: "node", args });
    await saying(child, /deaf/);
    expect(await child.stop(100)).toEqual({ code: null, signal: "SIGKILL" });
    expect(await child.stop()).toEqual({ code: null, signal: "SIGKILL" });
  });
});
