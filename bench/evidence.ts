import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { loadavg } from "node:os";
import { parse } from "yaml";
import { createJsonApi } from "../src/adapters/json-api/json-api.ts";
import { createPrometheusSource } from "../src/adapters/prometheus/prometheus-source.ts";
import { createRawSource } from "../src/adapters/prometheus/raw-samples.ts";
import { createRecordedSource } from "../src/adapters/prometheus/recorded-source.ts";
import { Deadline } from "../src/app/deadline.ts";
import { CountReader } from "../src/app/gather-counts/count-reader.ts";
import { gatherCounts } from "../src/app/gather-counts.ts";
import { askOnce } from "../src/app/gather-evidence/ask-seeing.ts";
import { FailingRulesReader } from "../src/app/gather-evidence/failing-rules.ts";
import { measure } from "../src/app/gather-evidence/measure.ts";
import { RecordedReader } from "../src/app/gather-evidence/recorded-reader.ts";
import type { Counted, GateCriterion } from "../src/domain/gate.ts";
import { BLOCK } from "../src/domain/judging/block.ts";
import type { Policy } from "../src/domain/policy.ts";
import { policyFrom } from "../test/support/generated.ts";

// What a look at many applications takes: questions to Prometheus, and the processor's time, for each look at all of them.
// They are looked at every 30 s, some in every tick of 250 ms; that time is not waited for. Prometheus is a stand-in that
// answers over HTTP what a real one would, in a process of its own; each application has the rules of genesis.
//
//   node --import ./test/support/typescript-hook.mjs bench/evidence.ts [applications] [of six criteria, by their values]

const APPLICATIONS = Number(process.argv[2] ?? 1_000);
/** The others are judged by counts, and have no value. */
const BY_VALUE = Number(process.argv[3] ?? 0);
const INSTANCES = 2;
const LOOKS = 10;
const INTERVAL = 15_000;
const TICK = 250;

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
    metric: `metric_${index}`,
    ...common,
    ...bounds,
    counted,
  }));
}

async function bench(): Promise<void> {
  const standIn = fork(new URL(import.meta.url), process.argv.slice(2));
  const [port] = (await once(standIn, "message")) as [number];
  const http = createJsonApi({ name: "Prometheus", url: `http://127.0.0.1:${port}`, timeout: 10_000 });
  const asked = { queries: 0, rules: 0 };
  const api: typeof http = {
    get: (...question) => {
      asked.rules++;
      return http.get(...question);
    },
    post: (...question) => {
      asked.queries++;
      return http.post(...question);
    },
  };
  let now = Math.ceil(Date.now() / BLOCK) * BLOCK;
  const metrics = createPrometheusSource(api);
  const reader = new CountReader(createRawSource(api));
  const recorded = new RecordedReader(createRecordedSource(api), () => now);
  const rules = new FailingRulesReader(metrics, () => now);
  const policy = policyFrom(`
scrape: { interval: 15s, timeout: 10s, evaluationInterval: 15s, targets: [] }
metrics: [${[0, 1, 2, 3, 4, 5].map((index) => `{ record: metric_${index}, expr: vector(1), unit: percent }`).join(", ")}]
`);
  const looks = jobs.map((name) => ({ ...applicationOf(policy, name), until: now - 2 * BLOCK }));
  type Look = (typeof looks)[number];
  const lookAt = async (look: Look, deadline: Deadline): Promise<void> => {
    const { own, criteria } = look;
    const byValue = criteria.slice(0, BY_VALUE);
    const counting = gatherCounts(reader, {
      criteria: criteria.slice(BY_VALUE),
      from: () => look.until,
      now,
      scrape: own.scrape,
    });
    const known = await recorded.read(byValue, own, deadline);
    const [{ counts, trouble }, measured, failing] = await Promise.all([
      counting,
      measure(metrics, byValue, own, deadline, askOnce, known),
      rules.read(own, deadline),
    ]);
    const troubles = [...trouble.map(({ why }) => why), ...measured.blindness, ...measured.missing];
    if (troubles.length > 0) throw new Error(troubles[0]);
    // The stand-in tells of one in each: somebody has read it.
    if (failing.alerting.size !== 1) throw new Error("no rules");
    look.until = Math.max(look.until, ...[...counts.values()].flatMap(({ all }) => all.map(({ to }) => to)));
  };
  console.log("look  queries  rules  processor ms  share of a core  load");
  for (let number = 0; number < LOOKS; number++) {
    asked.queries = 0;
    asked.rules = 0;
    const before = process.cpuUsage();
    const ticks = BLOCK / TICK;
    for (let tick = 0; tick < ticks; tick++) {
      const due = looks.filter((_, index) => index % ticks === tick);
      const deadline = new Deadline(30_000);
      await Promise.all(due.map((look) => lookAt(look, deadline)));
      deadline.clear();
      now += TICK;
    }
    const after = process.cpuUsage();
    const took = (after.user + after.system - before.user - before.system) / 1_000;
    const share = `${((100 * took) / BLOCK).toFixed(2)} %`;
    const cells = [number + 1, asked.queries, asked.rules, took.toFixed(0), share, loadavg()[0]?.toFixed(1)];
    console.log(
      cells.map((cell, index) => String(cell).padStart([4, 7, 5, 12, 15, 4][index] ?? 0)).join("  "),
    );
  }
  standIn.kill();
}

function applicationOf(policy: Policy, name: string): { own: Policy; criteria: GateCriterion[] } {
  const own = { ...policy, application: { ...policy.application, name, job: name } };
  return { own, criteria: criteriaOf(name) };
}

/** Answers the selectors that the adapter makes, and no others. */
async function answerQuestions(): Promise<void> {
  const server = createServer(async (request, response) => {
    const body: Buffer[] = [];
    for await (const chunk of request) body.push(chunk as Buffer);
    response.setHeader("content-type", "application/json");
    const { pathname, searchParams } = new URL(request.url ?? "", "http://127.0.0.1");
    if (pathname.endsWith("/rules")) return response.end(rulesOf(searchParams.getAll("rule_group[]")));
    const form = new URLSearchParams(Buffer.concat(body).toString());
    const query = form.get("query") ?? "";
    return response.end(
      query.startsWith("label_replace(")
        ? valuesOf(query)
        : answerTo(query, Number(form.get("time")) * 1_000),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  process.send?.((server.address() as AddressInfo).port);
}

interface FileRule {
  readonly record?: string;
  readonly alert?: string;
  readonly expr: string;
  readonly for?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

/** As genesis' rules are told, of each application; one alert of each fails. */
function rulesOf(groups: readonly string[]): string {
  const all = jobs.flatMap((job) => [...TOLD.keys()].map((section) => `${job}-${section}`));
  const told = (groups.length === 0 ? all : groups).flatMap((group) => {
    const [, application = "", section = ""] = /^(.*)-(\w+)$/.exec(group) ?? [];
    const known = TOLD.get(section);
    return known === undefined ? [] : [known.replaceAll("genesis", application)];
  });
  return `{"status":"success","data":{"groups":[${told.join(",")}]}}`;
}

const TOLD: ReadonlyMap<string, string> = new Map(
  process.send === undefined
    ? []
    : (
        parse(readFileSync("rules/generated/genesis.rules.yml", "utf8")) as {
          groups: { name: string; rules: FileRule[] }[];
        }
      ).groups.map(({ name, rules }) => {
        const section = name.replace("genesis-", "");
        return [
          section,
          JSON.stringify({
            name,
            file: "/etc/prometheus/rules/genesis.rules.yml",
            interval: 15,
            limit: 0,
            evaluationTime: 0.00123,
            lastEvaluation: "2026-11-20T12:00:00.123456789Z",
            rules: rules.map((rule, index) =>
              toldRule(rule, section === "rollback" && index === rules.length - 1),
            ),
          }),
        ];
      }),
);

function toldRule(
  { record, alert, expr, labels = {}, annotations = {} }: FileRule,
  isFailing: boolean,
): object {
  const evaluated = {
    health: isFailing ? "err" : "ok",
    ...(isFailing ? { lastError: "many-to-many matching not allowed" } : {}),
    evaluationTime: 0.000123,
    lastEvaluation: "2026-11-20T12:00:00.123456789Z",
  };
  return alert === undefined
    ? { name: record, query: expr, labels, ...evaluated, type: "recording" }
    : {
        state: "inactive",
        name: alert,
        query: expr,
        duration: 60,
        keepFiringFor: 0,
        labels,
        annotations,
        alerts: [],
        ...evaluated,
        type: "alerting",
      };
}

function valuesOf(query: string): string {
  const namesOf = (label: string): string[] =>
    (new RegExp(`[{,]${label}=~?"([^"]*)"`).exec(query)?.[1] ?? "").replaceAll("\\", "").split("|");
  const series = namesOf("application").flatMap((application) =>
    namesOf("__name__").map(
      (name) =>
        `{"metric":{"__name__":"${name}","application":"${application}","rollguard_metric":"${name}"},"value":[1790000000.123,"0.0123456789"]}`,
    ),
  );
  return `{"status":"success","data":{"resultType":"vector","result":[${series.join(",")}]}}`;
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
