import { writeFile } from "node:fs/promises";
import { request as ask, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import { createRawSource } from "../../../src/adapters/prometheus/raw-samples.ts";
import { closedAt, cutFor } from "../../../src/app/gather-counts/closing.ts";
import { CountReader } from "../../../src/app/gather-counts/count-reader.ts";
import { gatherCounts } from "../../../src/app/gather-counts.ts";
import type { CountBlock } from "../../../src/domain/counts.ts";
import type { Counted, GateCriterion } from "../../../src/domain/gate.ts";
import { type CountingTarget, startCountingTarget } from "../../support/counting-target.ts";
import { criterionOf } from "../../support/policies.ts";
import { freePort, temporaryDirectory } from "../../support/process.ts";
import { type PrometheusServer, startPrometheusFrom } from "../../support/prometheus-server.ts";
import { Stopper } from "../../support/stopper.ts";
import { until } from "../../support/until.ts";

// Everything that happens to counters in a bake, seen by real servers, in blocks of a second. They scrape twice a second,
// which is more often than they are said to: a busy machine misses some.

const BLOCK = 1_000;
const SCRAPE = { interval: 1_000 };
const CUT = cutFor(SCRAPE, BLOCK);
const BLOCKS = 6;

const running = new Stopper();
afterAll(() => running.stop());

function criterion(metric: string, counts: Counted["counts"]): GateCriterion {
  const counted: Counted = { counts, judge: "sequential", minimum: 0, compare: null, yellow: "as-before" };
  return { ...criterionOf(metric, "< 0.1", "> 1"), counted };
}

const ratio = (job: string) =>
  criterion(job, {
    kind: "ratio",
    bad: `errors_total{job="${job}"}`,
    total: `requests_total{job="${job}"}`,
  });
const latency = (metric: string) =>
  criterion(metric, { kind: "latency", histogram: metric, of: { above: 500 } });

const JOBS = ["steady", "restarted", "canary"] as const;
const CRITERIA = [...JOBS.map(ratio), latency("classic_seconds"), latency("native_seconds")];

/** Looks whenever a block is closed, and goes on from there. */
class Judge {
  readonly blocks = new Map<string, CountBlock[]>();
  readonly said = new Set<string>();
  readonly #reader: CountReader;
  readonly #criteria: readonly GateCriterion[];
  readonly #until = new Map<string, number>();

  constructor(url: string, from: number, criteria: readonly GateCriterion[]) {
    this.#reader = new CountReader(createRawSource(createJsonApi({ name: "Prometheus", url })));
    this.#criteria = criteria;
    for (const { metric } of criteria) this.#until.set(metric, from);
  }

  async look(): Promise<void> {
    const now = Date.now();
    const from = (metric: string): number => this.#until.get(metric) ?? 0;
    const asked = { criteria: this.#criteria, from, now, scrape: SCRAPE, block: BLOCK };
    const { counts, trouble } = await gatherCounts(this.#reader, asked);
    for (const { metric, why } of trouble) this.said.add(`${metric}: ${why}`);
    for (const [metric, { all }] of counts) {
      this.blocks.set(metric, [...(this.blocks.get(metric) ?? []), ...all]);
      this.#until.set(metric, all.at(-1)?.to ?? from(metric));
    }
  }

  sum(metric: string): { total: number; bad: number } {
    const all = this.blocks.get(metric) ?? [];
    return all.reduce((sum, { total, bad }) => ({ total: sum.total + total, bad: sum.bad + bad }), {
      total: 0,
      bad: 0,
    });
  }
}

/** Hands every question to the next of some servers, or to the other one where that does not answer. */
async function startBalancer(addresses: readonly string[]): Promise<{ url: string; stop(): Promise<void> }> {
  let turn = 0;
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    turn++;
    const pass = (attempt: number): void => {
      const address = addresses[(turn + attempt) % addresses.length];
      const { method, url, headers } = request;
      ask(`http://${address}${url}`, { method, headers, agent: false }, (answer) => {
        response.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(response);
      })
        .on("error", () => (attempt === 0 ? pass(1) : response.writeHead(502).end()))
        .end(Buffer.concat(body));
    };
    pass(0);
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
}

const served = new Map<string, { total: number; bad: number }>();
let both: Judge;
let alone: Judge;

function serve(job: string, target: CountingTarget, requests: number, failed = 0): void {
  target.serve(requests, failed);
  const sum = served.get(job) ?? { total: 0, bad: 0 };
  served.set(job, { total: sum.total + requests, bad: sum.bad + failed });
}

beforeAll(async () => {
  const steady = await running.start(startCountingTarget());
  const restarted = await running.start(startCountingTarget());
  const timed = await running.start(startCountingTarget({ native: true }));
  const canaryPort = await freePort();
  const directory = await temporaryDirectory("counted-by-prometheus");
  running.add(directory.remove);
  const configuredBy = join(directory.path, "prometheus.json");
  const addresses = {
    steady: steady.address,
    restarted: restarted.address,
    canary: `127.0.0.1:${canaryPort}`,
    timed: timed.address,
  };
  await writeFile(
    configuredBy,
    JSON.stringify({
      global: { scrape_interval: "500ms", scrape_timeout: "500ms" },
      scrape_configs: Object.entries(addresses).map(([job, target]) => ({
        job_name: job,
        static_configs: [{ targets: [target] }],
      })),
    }),
  );
  const lonely = { address: `127.0.0.1:${await freePort()}`, data: join(directory.path, "data") };
  const start = async (more: {
    readonly address: string;
    readonly data?: string;
  }): Promise<PrometheusServer> =>
    running.start(startPrometheusFrom({ configuredBy, features: ["native-histograms"], ...more }));
  const replicas = [
    await start({ address: `127.0.0.1:${await freePort()}` }),
    await start({ address: `127.0.0.1:${await freePort()}` }),
  ];
  const single = await start(lonely);
  const balancer = await running.start(startBalancer(replicas.map(({ address }) => address)));
  timed.take(0.3);
  const scraped = async (expr: string, value: number, by = replicas): Promise<void> => {
    for (const server of by)
      await until(
        expr,
        () => server.query(expr),
        ([found]) => found?.value === value,
        { onFailure: server.report },
      );
  };
  await scraped('count({__name__=~"requests_total|native_seconds"})', 3, [...replicas, single]);

  const from = Math.ceil(Date.now() / BLOCK) * BLOCK;
  both = new Judge(balancer.url, from, CRITERIA);
  alone = new Judge(single.url, from, [ratio("steady")]);
  let canary: CountingTarget | undefined;
  let restart: Promise<unknown> = Promise.resolve();
  const times = [0.3, 0.4, 0.5, 0.6, 3];
  await delay(from - Date.now());
  for (let tick = 0; tick < (BLOCKS * BLOCK) / 100; tick++) {
    const block = (tick * 100) / BLOCK;
    serve("steady", steady, 3, tick > 30 && tick % 7 === 0 ? 1 : 0);
    timed.take(times[tick % times.length] ?? 0);
    serve("timed", timed, 1, (times[tick % times.length] ?? 0) > 0.5 ? 1 : 0);
    if (block < 2 || block > 3) serve("restarted", restarted, 6, tick % 9 === 0 ? 1 : 0);
    if (block === 3) {
      // What was not scraped before is lost with the process.
      await scraped('requests_total{job="restarted"}', served.get("restarted")?.total ?? 0);
      restarted.restart();
    }
    if (block === 1) await single.stop();
    if (block === 4) restart = start(lonely);
    if (block === 3) {
      canary = await running.start(startCountingTarget({ port: canaryPort }));
      // All of it before anybody can have scraped it.
      serve("canary", canary, 40, 40);
    }
    if (block > 4 && canary !== undefined) serve("canary", canary, 1);
    if (tick % 5 === 0) await Promise.all([both.look(), alone.look()]);
    await delay(from + (tick + 1) * 100 - Date.now());
  }
  await restart;
  const isAllClosed = (): boolean => closedAt(Date.now(), CUT) >= from + (BLOCKS + 1) * BLOCK;
  while (!isAllClosed()) await delay(100);
  await Promise.all([both.look(), alone.look()]);
}, 60_000);

test.each(JOBS)("two replicas behind one address count every request of %s once", (job) => {
  expect(both.sum(job)).toEqual(served.get(job));
});

test("a native histogram and a classic one of the same observations tell the same", () => {
  expect(both.sum("classic_seconds")).toEqual(served.get("timed"));
  expect(both.sum("native_seconds")).toEqual(served.get("timed"));
});

test("an outage of the only Prometheus leaves a gap, and never a burst", () => {
  const blocks = alone.blocks.get("steady") ?? [];
  const sum = alone.sum("steady");
  expect(sum.total).toBeGreaterThan(0);
  expect(sum.total).toBeLessThan(served.get("steady")?.total ?? 0);
  // 30 a second: what is scraped in a block began at most one step before it.
  const most = (30 * (BLOCK + CUT.longestStep)) / 1_000;
  expect(Math.max(...blocks.map(({ total }) => total))).toBeLessThanOrEqual(most);
  const starts = blocks.map(({ from }) => from);
  expect(starts).toEqual([...new Set(starts)].sort());
});
