import { fork } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createJsonApi } from "../src/adapters/json-api/json-api.ts";
import { createRawSource } from "../src/adapters/prometheus/raw-samples.ts";
import { CountReader } from "../src/app/gather-counts/count-reader.ts";
import { gatherCounts } from "../src/app/gather-counts.ts";
import { inParallel } from "../src/app/in-parallel.ts";
import type { Counted, GateCriterion } from "../src/domain/gate.ts";
import { BLOCK } from "../src/domain/judging/block.ts";

// What it takes to count for many applications at once: questions to Prometheus, and the processor's time, for each look
// (every 30 s). Prometheus is a stand-in that answers over HTTP what a real one would, in a process of its own.
//
//   node --import ./test/support/typescript-hook.mjs bench/evidence.ts [applications]

const APPLICATIONS = Number(process.argv[2] ?? 1_000);
const INSTANCES = 2;
const LOOKS = 10;
const INTERVAL = 15_000;
/** As the ticker does. */
const AT_ONCE = 32;

const COUNTERS = [
  "requests_total",
  "errors_total",
  "jobs_total",
  "jobs_failed_total",
  "calls_total",
  "calls_failed_total",
];
const HISTOGRAMS = ["request_seconds", "job_seconds", "call_seconds"];
const BUCKETS = ["0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf"];

const jobs = Array.from({ length: APPLICATIONS }, (_, index) => `application-${index}`);

function criteriaOf(job: string): GateCriterion[] {
  const common = { expr: null, source: "prometheus", sustained: "whole-bake" } as const;
  const bounds = { green: { comparison: "<", value: 0.1 }, red: { comparison: ">", value: 1 } } as const;
  const judged = { judge: "sequential", minimum: 0, compare: null, yellow: "as-before" } as const;
  const ratio = (total: string, bad: string): Counted => ({
    counts: { kind: "ratio", bad: `${bad}{job="${job}"}`, total: `${total}{job="${job}"}` },
    ...judged,
  });
  const slow = (name: string): Counted => ({
    counts: { kind: "latency", histogram: `${name}{job="${job}"}`, of: { above: 500 } },
    ...judged,
  });
  const [a = "", b = "", c = "", d = "", e = "", f = ""] = COUNTERS;
  return [ratio(a, b), ratio(c, d), ratio(e, f), ...HISTOGRAMS.map(slow)].map((counted, index) => ({
    metric: `metric-${index}`,
    ...common,
    ...bounds,
    counted,
  }));
}

async function bench(): Promise<void> {
  const standIn = fork(new URL(import.meta.url), process.argv.slice(2));
  const [port] = (await once(standIn, "message")) as [number];
  const api = createJsonApi({ name: "Prometheus", url: `http://127.0.0.1:${port}`, timeout: 10_000 });
  let questions = 0;
  let blocks = 0;
  const reader = new CountReader(
    createRawSource({
      post: (...asked) => {
        questions++;
        return api.post(...asked);
      },
    }),
  );
  const criteria = jobs.map(criteriaOf);
  const begin = Math.ceil(Date.now() / BLOCK) * BLOCK;
  console.log("look  questions  processor ms  share of a core  blocks");
  for (let number = 0; number < LOOKS; number++) {
    const from = begin + number * BLOCK;
    questions = 0;
    blocks = 0;
    const before = process.cpuUsage();
    await inParallel(criteria, AT_ONCE, async (asked) => {
      const { counts, trouble } = await gatherCounts(reader, {
        criteria: asked,
        from: () => from,
        now: from + BLOCK + INTERVAL + 1_000 + Math.random() * 10_000,
        scrape: { interval: INTERVAL },
      });
      if (trouble.length > 0) throw new Error(trouble[0]?.why);
      for (const { all } of counts.values()) blocks += all.length;
    });
    const after = process.cpuUsage();
    const took = (after.user + after.system - before.user - before.system) / 1_000;
    const share = `${((100 * took) / BLOCK).toFixed(2)} %`;
    const cells = [number + 1, questions, took.toFixed(0), share, blocks].map(String);
    console.log(cells.map((cell, index) => cell.padStart([4, 9, 12, 15, 6][index] ?? 0)).join("  "));
  }
  standIn.kill();
}

/** Answers the selectors that the adapter makes, and no others. */
async function answerQuestions(): Promise<void> {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    const form = new URLSearchParams(Buffer.concat(body).toString());
    response.setHeader("content-type", "application/json");
    response.end(answerTo(form.get("query") ?? "", Number(form.get("time")) * 1_000));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
}

function answerTo(query: string, to: number): string {
  const back = Number(/\[(\d+)ms\]$/.exec(query)?.[1]);
  const valuesOf = (label: string): string[] =>
    (new RegExp(`[{,]${label}=~?"([^"]*)"`).exec(query)?.[1] ?? "").replaceAll("\\", "").split("|");
  const le = /le=~("(?:[^"\\]|\\.)*")/.exec(query)?.[1];
  const isAsked = le === undefined ? null : new RegExp(`^(?:${JSON.parse(le)})$`);
  const times: number[] = [];
  for (let at = Math.floor(to / INTERVAL) * INTERVAL; at > to - back; at -= INTERVAL) times.unshift(at);
  const valuesFor = (rate: number): string =>
    times.map((at) => `[${at / 1_000},"${Math.floor(((at / 1_000) % 1e6) * rate)}"]`).join(",");
  const series: string[] = [];
  for (const job of valuesOf("job"))
    for (let instance = 0; instance < INSTANCES; instance++)
      for (const name of valuesOf("__name__")) {
        const labels = `"__name__":"${name}","job":"${job}","instance":"10.0.${instance}.1:8080","namespace":"shop","pod":"${job}-7d9c5b6f4-${instance}","env":"production"`;
        if (COUNTERS.includes(name))
          series.push(
            `{"metric":{${labels}},"values":[${valuesFor(name.includes("fail") || name.startsWith("err") ? 0.01 : 30)}]}`,
          );
        else if (name.endsWith("_bucket"))
          for (const bound of BUCKETS)
            if (isAsked?.test(bound) !== false)
              series.push(`{"metric":{${labels},"le":"${bound}"},"values":[${valuesFor(30)}]}`);
      }
  return `{"status":"success","data":{"resultType":"matrix","result":[${series.join(",")}]}}`;
}

if (process.send === undefined) await bench();
else await answerQuestions();
