import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type PrometheusServer, startPrometheus } from "../support/prometheus-server.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const TOKEN = "a-token-that-only-this-test-knows";
const SKEWED = new URL("../support/skewed-clock.mjs", import.meta.url).href;
const MINUTE = 60_000;
const ALERT = "TestPassRateCritical";

// What is due, and how old it is, goes by Redis' clock: theirs are ten minutes ahead and ten minutes behind it. The steps
// build on each other.
describe("two responders whose clocks are twenty minutes apart", () => {
  const running = new Stopper();
  let redis: RedisServer;
  let prometheus: PrometheusServer;
  let ahead: RollguardServer;
  let behind: RollguardServer;
  let rollback: string;

  beforeAll(async () => {
    const url = new URL("../../rules/genesis.yaml", import.meta.url);
    const policy = (await readFile(url, "utf8"))
      .replace("startAfter: 45s", "startAfter: 1s")
      .replace("checkEvery: 5s\n  goodChecksInARow: 3", "checkEvery: 1s\n  goodChecksInARow: 2");
    [redis, prometheus] = await Promise.all([
      running.start(startRedis()),
      running.start(
        startPrometheus({
          targets: [],
          rules: [{ record: "test_pass_rate", expr: "vector(80)", labels: { application: "genesis" } }],
          interval: "1s",
        }),
      ),
    ]);
    const responder = (clock: number): Promise<RollguardServer> =>
      running.start(
        startRollguard({
          policy,
          redisUrl: redis.url,
          webhookToken: TOKEN,
          env: {
            NODE_OPTIONS: `--import=${SKEWED}`,
            TEST_CLOCK_AHEAD: `${clock}`,
            ROLLGUARD_PROMETHEUS_URL: prometheus.url,
          },
        }),
      );
    ahead = await responder(10 * MINUTE);
    behind = await responder(-10 * MINUTE);
    await until(
      "tests that fail",
      () => prometheus.query("test_pass_rate < 95"),
      (series) => series.length > 0,
      { onFailure: prometheus.report },
    );
  }, 60_000);

  afterAll(() => running.stop());

  const report = (): string => `${ahead.report()}\n${behind.report()}`;

  test("a rollback that was just begun is not taken for an old one, nor for one of the future", async () => {
    const flags = [{ key: "phase_4_deployment", enabled: true, rolloutPercentage: 60 }];
    const turnedOn = { flags, acknowledge: true, reason: "to be rolled back" };
    expect(await ahead.command("genesis", "restore", turnedOn)).toMatchObject({ status: 200 });
    const reply = await fetch(behind.webhook, {
      method: "POST",
      headers: { Authorization: `Bearer ${TOKEN}` },
      body: JSON.stringify(webhookBody([alertBody(ALERT, { labels: { application: "genesis" } })])),
    });
    expect(reply.status).toBe(200);
    const { rollback: open } = await ahead.application("genesis");
    rollback = open?.id ?? "";
    const looks = new Set<string>();
    // Before, six looks were twice as many as it took to escalate.
    await until(
      "six checks",
      async () => {
        const { verification } = await ahead.timeline("genesis", rollback);
        if (verification?.last !== null && verification !== null) looks.add(verification.last.at);
        return [...looks];
      },
      (seen) => seen.length >= 6,
      { onFailure: report },
    );
    const { verification, ...timeline } = await behind.timeline("genesis", rollback);
    expect(timeline).toMatchObject({ open: true, tier: "phase", status: "verifying" });
    expect(verification?.last).toMatchObject({ verdict: "bad" });
    expect((await ahead.events("genesis")).map(({ reason }) => reason)).toEqual([
      "flag_changed",
      "rolled_back",
    ]);
  });

  test("what is written down has Redis' time", async () => {
    const [seconds] = (await redis.call("TIME")) as [string, string];
    const [event] = await ahead.events("genesis");
    expect(Math.abs(Number(seconds) * 1_000 - Date.parse(event?.at ?? ""))).toBeLessThan(MINUTE);
  });

  test("how far they are apart is measured, and told once", async () => {
    for (const [responder, seconds, told] of [
      [ahead, -600, "ahead of the store's"],
      [behind, 600, "behind the store's"],
    ] as const) {
      const text = await (await fetch(`${responder.url}/metrics`)).text();
      const skew = Number(/^rollguard_clock_skew_seconds (\S+)$/m.exec(text)?.[1]);
      expect(Math.abs(skew - seconds)).toBeLessThan(2);
      const log = await until("the warning", responder.report, (seen) => seen.includes(told));
      expect(log.split(told)).toHaveLength(2);
    }
  });
});
