import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { FaultName } from "../../examples/genesis/faults.ts";
import { connectFeatures, type Features, nothingNew } from "../../examples/genesis/features.ts";
import { type Service, type ServiceOptions, startService } from "../../examples/genesis/service.ts";
import { scrape } from "../../scripts/demo/scrape.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { stackPolicy } from "../support/stack-policy.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

const POLICY = readFileSync("rules/genesis.yaml", "utf8");
const USERS = Array.from({ length: 60 }, (_none, index) => `user-${index}`);
const AT_ONCE = 10;
/** On for everybody, but for the one that shows what happens to the others. */
const SHARES = new Map([
  ["phase_4_deployment", 100],
  ["sglang_router_enabled", 50],
  ["vllm_caching_enabled", 100],
  ["openenv_enabled", 100],
  ["longcontext_profiles_enabled", 100],
]);

interface Answer {
  readonly status: number;
  readonly system: string;
  readonly features: readonly string[];
  readonly milliseconds: number;
}

describe("the sample application, with flags from a real Rollguard", () => {
  const running = new Stopper();
  const ofTest = new Stopper();
  let rollguard: RollguardServer;
  let features: Features;

  beforeAll(async () => {
    const policy = stackPolicy(POLICY, { turnedOn: SHARES, addresses: new Map(), quick: [] });
    rollguard = await running.start(startRollguard({ policy, webhookToken: "a-token-of-this-test-only" }));
    features = await connectFeatures(`${rollguard.url}/applications/genesis`);
  }, 60_000);

  afterEach(() => ofTest.stop());
  afterAll(() => running.stop());

  const start = (more: Partial<ServiceOptions> = {}): Promise<Service> =>
    ofTest.start(startService({ features, ...more }));
  const broken = (fault: FaultName): Promise<Service> => start({ fault });

  test("a feature is on for the share of the users that the flag says, and for the same ones again", async () => {
    const service = await start();
    const first = await askAll(service);
    const met = first.map((answer) => answer.features.includes("sglang_router_enabled"));
    expect(first.every(({ status, system }) => status === 200 && system === "new")).toBe(true);
    expect(met.filter(Boolean).length).toBeGreaterThan(10);
    expect(met.filter(Boolean).length).toBeLessThan(50);
    const again = await askAll(service);
    expect(again.map((answer) => answer.features.includes("sglang_router_enabled"))).toEqual(met);
  });

  test("errors: a part of those who meet the router is lost, and nobody else", async () => {
    const service = await broken("errors");
    const answers = await askAll(service);
    const lost = answers.filter(({ status }) => status === 500);
    expect(lost.length).toBeGreaterThan(2);
    expect(lost.every((answer) => answer.features.includes("sglang_router_enabled"))).toBe(true);
    const metrics = await metricsOf(service);
    expect(metrics.get("genesis_requests_total")).toBe(USERS.length);
    expect(metrics.get("genesis_errors_total")).toBe(lost.length);
    // What is lost is counted with how long it took, like the rest.
    expect(metrics.get('genesis_request_duration_seconds_bucket{le="5"}')).toBe(USERS.length);
  });

  test("latency: whoever meets the cache waits", async () => {
    const service = await broken("latency");
    const { status, milliseconds } = await ask(service, "ada");
    expect([status, milliseconds > 700]).toEqual([200, true]);
    const metrics = await metricsOf(service);
    expect(metrics.get('genesis_request_duration_seconds_bucket{le="0.5"}')).toBe(0);
  });

  test("tests: users see no error, and the tests fail", async () => {
    const healthy = await start({ testsEvery: 100 });
    const passed = (service: Service): Promise<number | undefined> =>
      metricsOf(service).then((metrics) => metrics.get("genesis_tests_passed"));
    await until(
      "a run of the tests",
      () => passed(healthy),
      (count) => count === 50,
    );
    const service = await start({ fault: "tests", testsEvery: 100 });
    // A flag that came too late on a busy machine is false: the next run has it.
    await until(
      "a run of the tests in which all fail",
      () => metricsOf(service),
      (metrics) => metrics.get("genesis_tests_total") === 50 && metrics.get("genesis_tests_passed") === 0,
    );
    expect((await ask(service, "ada")).status).toBe(200);
  });

  test("crash: a user who meets the long contexts takes the process down", async () => {
    let crashes = 0;
    const service = await start({ fault: "crash", crash: () => void crashes++ });
    await ask(service, "ada");
    expect(crashes).toBeGreaterThan(0);
  });

  test("a fault comes and goes while it runs", async () => {
    const service = await start();
    const fault = (method: string, body?: string): Promise<Response> =>
      fetch(`${service.url}/fault`, { method, ...(body === undefined ? {} : { body }) });
    expect((await fault("POST", '{"fault": "latency"}')).status).toBe(200);
    const { milliseconds: slow } = await ask(service, "ada");
    expect(slow).toBeGreaterThan(700);
    expect((await fault("DELETE")).status).toBe(200);
    // The fastest of some: one may be held up by whatever else this machine does.
    const times: number[] = [];
    for (let count = 0; count < 5; count++) times.push((await ask(service, "ada")).milliseconds);
    expect(Math.min(...times)).toBeLessThan(slow);
    for (const wrong of ['{"fault": "toString"}', "[]", "no json", "null", "x".repeat(2_000)])
      expect((await fault("POST", wrong)).status).toBe(400);
    expect((await fault("GET")).status).toBe(400);
  });

  test("a fault shows up in the treatment only: requests, errors and times are counted by variant", async () => {
    const half = { rolloutPercentage: 50, reason: "as the test needs it" };
    const flag = `${rollguard.url}/api/v1/applications/genesis/flags/phase_4_deployment`;
    expect((await fetch(flag, { method: "PUT", body: JSON.stringify(half) })).status).toBe(200);
    const service = await broken("errors");
    const answers = await askAll(service);
    const onNew = answers.filter(({ system }) => system === "new").length;
    const lost = answers.filter(({ status }) => status === 500).length;
    expect(lost).toBeGreaterThan(0);
    const text = await (await fetch(`${service.url}/metrics`)).text();
    const lines = text.split("\n");
    for (const [name, [on, off, none]] of [
      ["genesis_requests_total", [onNew, USERS.length - onNew, 0]],
      ["genesis_errors_total", [lost, 0, 0]],
      ["genesis_request_duration_seconds_count", [onNew, USERS.length - onNew, 0]],
    ] as const) {
      expect(lines).toContain(`${name}{feature_flag_variant="on"} ${on}`);
      expect(lines).toContain(`${name}{feature_flag_variant="off"} ${off}`);
      expect(lines).toContain(`${name}{feature_flag_variant="none"} ${none}`);
    }
    const metrics = await metricsOf(service);
    expect(metrics.get("genesis_requests_total")).toBe(USERS.length);
    expect(metrics.get("genesis_errors_total")).toBe(lost);
  });

  test("a rollback cures it: the fault is there still, and nobody meets it", async () => {
    const service = await broken("errors");
    expect((await askAll(service)).some(({ status }) => status === 500)).toBe(true);
    const rollback = { tier: "phase", phase: 6, reason: "it loses requests" };
    expect(await rollguard.command("genesis", "rollbacks", rollback)).toMatchObject({ status: 200 });
    const answers = await askAll(service);
    expect(answers.filter(({ status }) => status !== 200)).toEqual([]);
    expect(answers.flatMap(({ features: met }) => met)).toEqual([]);
    // The tier `phase` leaves a part of the users on the new system.
    expect(new Set(answers.map(({ system }) => system))).toEqual(new Set(["old", "new"]));
  });

  test("while Rollguard is away the old system answers, and answers at once", async () => {
    const service = await broken("errors");
    await rollguard.kill();
    const answers = await askAll(service);
    expect(answers.every(({ status, system }) => status === 200 && system === "old")).toBe(true);
    // Nobody was drawn: they are neither treatment nor control.
    const text = await (await fetch(`${service.url}/metrics`)).text();
    expect(text).toContain(`genesis_requests_total{feature_flag_variant="none"} ${USERS.length}`);
    await rollguard.restart();
    const back = await until(
      "the new system",
      () => askAll(service),
      (seen) => seen.some(({ system }) => system === "new"),
    );
    expect(back.every(({ status }) => status === 200)).toBe(true);
  });
});

test("it has every raw metric that the policy reads", async () => {
  const service = await startService({ features: nothingNew });
  await ask(service, "ada");
  const names = [...(await metricsOf(service)).keys()].map((series) => series.replace(/\{.*/, ""));
  await service.stop();
  const read = new Set(POLICY.match(/\bgenesis_(?!cache_hit_rate)[a-z0-9_]+/g));
  expect(read.size).toBeGreaterThan(5);
  expect([...read].filter((name) => !names.includes(name))).toEqual([]);
});

test("what is none of its addresses is not found, and it says that it lives", async () => {
  const service = await startService({ features: nothingNew });
  const statuses = await Promise.all(
    ["/healthz", "/metric", "/admin"].map(async (path) => (await fetch(service.url + path)).status),
  );
  await service.stop();
  expect(statuses).toEqual([200, 404, 404]);
});

/** A few at a time: a flag that comes too late on a busy machine would be false. */
async function askAll(service: Service): Promise<Answer[]> {
  const answers: Answer[] = [];
  for (let first = 0; first < USERS.length; first += AT_ONCE) {
    const some = USERS.slice(first, first + AT_ONCE);
    answers.push(...(await Promise.all(some.map((user) => ask(service, user)))));
  }
  return answers;
}

async function ask({ url }: Service, user: string): Promise<Answer> {
  const begun = performance.now();
  const answer = await fetch(`${url}/?user=${user}`);
  const body = (await answer.json()) as Pick<Answer, "system" | "features">;
  return { status: answer.status, ...body, milliseconds: performance.now() - begun };
}

/** Summed over the variants: whoever sums sees the same numbers as without them. */
async function metricsOf({ url }: Service): Promise<ReadonlyMap<string, number>> {
  return (await scrape(url)).series ?? new Map();
}
