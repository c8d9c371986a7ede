import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { answering, freePort, startProcess, temporaryDirectory } from "../support/process.ts";
import { type RedisServer, startRedis } from "../support/redis-server.ts";
import { type RollguardServer, startRollguard } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { alertBody, webhookBody } from "../support/webhook-bodies.ts";

const ROOT = new URL("../../", import.meta.url);
const TOKEN = "a-token-that-only-this-test-knows";
/** Alertmanager gives a notification ten seconds at least. */
const WHILE_ALERTMANAGER_WAITS = 9_500;

interface Answer {
  readonly status: number;
  readonly retryAfter: string | null;
  readonly body: {
    readonly code?: string;
    readonly decisions?: readonly { reason: string; rollback?: string; revision?: number }[];
  };
}

// Two processes and one Redis, through an incident and then through everything that Redis can do to them. The
// steps build on each other.
describe("two responders on one Redis", () => {
  const running = new Stopper();
  let redis: RedisServer;
  let responders: RollguardServer[];
  let rollback: string | undefined;

  beforeAll(async () => {
    const policy = await readFile(new URL("rules/genesis.yaml", ROOT), "utf8");
    redis = await running.start(startRedis({ args: ["--appendonly", "yes", "--appendfsync", "always"] }));
    const options = { policy, redisUrl: redis.url, webhookToken: TOKEN };
    responders = [await running.start(startRollguard(options)), await running.start(startRollguard(options))];
  }, 60_000);

  afterAll(() => running.stop());

  async function post(to: RollguardServer, alertname: string, token = TOKEN): Promise<Answer> {
    const reply = await fetch(to.webhook, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}` },
      body: JSON.stringify(webhookBody([alertBody(alertname, { labels: { application: "genesis" } })])),
    });
    return {
      status: reply.status,
      retryAfter: reply.headers.get("Retry-After"),
      body: (await reply.json()) as Answer["body"],
    };
  }

  const both = <T>(ask: (responder: RollguardServer) => Promise<T>): Promise<T[]> =>
    Promise.all(responders.map(ask));

  const statusOf = async (responder: RollguardServer, path: string): Promise<number> =>
    (await fetch(`${responder.url}${path}`)).status;

  /** What the store holds, to be compared whatever the order of its maps. */
  async function held(responder: RollguardServer): Promise<object> {
    const { quarantine, alerts, ...rest } = await responder.application("genesis");
    const events = await responder.events("genesis");
    return { ...rest, quarantine: new Set(quarantine), alerts: new Set(alerts), events };
  }

  const reasonOf = ({ body }: Answer): string | undefined => body.decisions?.[0]?.reason;

  /** Refused in time, in a way that makes Alertmanager come again. */
  async function expectRefused(): Promise<void> {
    const begun = Date.now();
    for (const { status, retryAfter, body } of await both((responder) => post(responder, "ServiceDown"))) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: "store_unavailable" });
      expect(retryAfter).toMatch(/^\d+$/);
    }
    expect(Date.now() - begun).toBeLessThan(WHILE_ALERTMANAGER_WAITS);
    expect(await both((responder) => statusOf(responder, "/-/ready"))).toEqual([503, 503]);
    expect(await both((responder) => statusOf(responder, "/-/healthy"))).toEqual([200, 200]);
    for (const text of await both(async ({ url }) => (await fetch(`${url}/metrics`)).text())) {
      expect(text).toContain("\nrollguard_store_up 0\n");
    }
  }

  async function expectBack(): Promise<void> {
    await until(
      "both to be ready again",
      () => both((responder) => statusOf(responder, "/-/ready")),
      (statuses) => statuses.every((status) => status === 200),
    );
    const answers = await both((responder) => post(responder, "ErrorRateSpike"));
    expect(answers.map(({ status }) => status)).toEqual([200, 200]);
    expect(answers.map(reasonOf)).toEqual(["duplicate", "duplicate"]);
    expect(answers.map(({ body }) => body.decisions?.[0]?.rollback)).toEqual([rollback, rollback]);
  }

  it("a wrong token is refused, and nothing is done", async () => {
    const answers = await both((responder) => post(responder, "ErrorRateSpike", "wrong"));
    expect(answers.map(({ status, body }) => [status, body.code])).toEqual([
      [401, "unauthorized"],
      [401, "unauthorized"],
    ]);
    expect(await both(async (responder) => (await responder.application("genesis")).revision)).toEqual([
      0, 0,
    ]);
  });

  it("the same body, fifty times to each at once, is one rollback and one event", async () => {
    const answers = (
      await Promise.all(
        Array.from({ length: 50 }, () => both((responder) => post(responder, "ErrorRateSpike"))),
      )
    ).flat();
    expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 100 }, () => 200));
    const reasons = answers.map(reasonOf);
    expect(reasons.filter((reason) => reason === "rolled_back")).toHaveLength(1);
    expect(reasons.filter((reason) => reason === "duplicate")).toHaveLength(99);
    const ids = new Set(answers.map(({ body }) => body.decisions?.[0]?.rollback));
    expect(ids.size).toBe(1);
    [rollback] = ids;

    const [first, second] = await both(held);
    expect(first).toEqual(second);
    expect(first).toMatchObject({
      revision: 1,
      traffic: 0,
      rollback: { id: rollback, tier: "safe-state", trigger: "ErrorRateSpike" },
      events: [{ revision: 1, reason: "rolled_back", rollback }],
    });
    expect(await redis.call("XLEN", "rollguard:{genesis}:events")).toBe(1);
  });

  it("a lock that somebody keeps is waited for, and then said to be busy", async () => {
    await redis.call("SET", "rollguard:{genesis}:lock", "somebody", "PX", 60_000);
    const begun = Date.now();
    for (const { status, retryAfter, body } of await both((responder) => post(responder, "ServiceDown"))) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: "lock_timeout" });
      expect(retryAfter).toMatch(/^\d+$/);
    }
    expect(Date.now() - begun).toBeGreaterThan(4_500);
    expect(Date.now() - begun).toBeLessThan(WHILE_ALERTMANAGER_WAITS);
    expect(await both(({ url }) => fetch(`${url}/-/ready`).then(({ status }) => status))).toEqual([200, 200]);
    expect(await redis.call("GET", "rollguard:{genesis}:lock")).toBe("somebody");
    await redis.call("DEL", "rollguard:{genesis}:lock");
    await expectBack();
    expect(await both(async (responder) => (await responder.application("genesis")).revision)).toEqual([
      1, 1,
    ]);
  });

  it("Redis killed: refused, not ready, nothing half done; back again: all as before, without a restart", async () => {
    const [before] = await both(held);
    await redis.kill();
    await expectRefused();
    await redis.start();
    await expectBack();
    expect(await both(held)).toEqual([before, before]);
  });

  it("Redis frozen: the same, and what it may have been told meanwhile is done whole or not at all", async () => {
    const [before] = await both(held);
    redis.pause();
    try {
      await expectRefused();
    } finally {
      redis.resume();
    }
    await expectBack();
    expect(await both(held)).toEqual([before, before]);
  });

  it("what was refused is done when it is sent again: once, by either", async () => {
    const answers = await both((responder) => post(responder, "ServiceDown"));
    expect(answers.map(reasonOf).sort()).toEqual(["duplicate", "escalated"]);
    const [first, second] = await both(held);
    expect(first).toEqual(second);
    expect(first).toMatchObject({ revision: 2, rollback: { id: rollback, tier: "emergency" } });
  });

  it("Redis emptied: refused until a person has looked", async () => {
    await redis.call("FLUSHALL");
    for (const { status, body } of await both((responder) => post(responder, "ErrorRateSpike"))) {
      expect({ status, code: body.code }).toEqual({ status: 503, code: "store_unavailable" });
    }
    expect(await both((responder) => statusOf(responder, "/-/ready"))).toEqual([503, 503]);
    expect(await redis.call("DBSIZE")).toBe(0);
  });
});

describe("a body of 20,000 alerts, 8 MB", () => {
  const running = new Stopper();

  afterAll(() => running.stop());

  it("again and again is handled in less than 300 MB of memory", async () => {
    // Builds what is started by hand here, for the sake of its process id.
    const policy = await readFile(new URL("rules/genesis.yaml", ROOT), "utf8");
    const builder = await running.start(startRollguard({ policy, webhookToken: TOKEN }));
    await builder.stop();

    const directory = await temporaryDirectory("memory");
    running.add(directory.remove);
    const redis = await running.start(startRedis());
    const address = `127.0.0.1:${await freePort()}`;
    const child = await startProcess({
      name: "rollguard",
      command: process.execPath,
      args: [fileURLToPath(new URL("dist/main.js", ROOT)), "serve"],
      cwd: directory.path,
      env: {
        ROLLGUARD_LISTEN: address,
        ROLLGUARD_POLICY: fileURLToPath(new URL("rules/", ROOT)),
        ROLLGUARD_REDIS_URL: redis.url,
        LOG_LEVEL: "warn",
      },
    });
    running.add(child.stop);
    await answering(child, `http://${address}/-/ready`);

    const alerts = Array.from({ length: 20_000 }, (_, index) =>
      alertBody("Ordinary", {
        labels: { application: "genesis", instance: `host-${index}`, filler: "x".repeat(150) },
      }),
    );
    alerts[13_131] = alertBody("ErrorRateSpike", { labels: { application: "genesis" } });
    const body = JSON.stringify(webhookBody(alerts));
    expect(body.length).toBeGreaterThan(8_000_000);
    for (let round = 0; round < 8; round += 1) {
      const reply = await fetch(`http://${address}/api/v1/alerts`, { method: "POST", body });
      const { decisions } = (await reply.json()) as { decisions: { reason: string }[] };
      expect(reply.status).toBe(200);
      expect(decisions[13_131]?.reason).toBe(round === 0 ? "rolled_back" : "duplicate");
    }
    expect(await mostMemory(child.pid)).toBeLessThan(300 * 1024 ** 2);
  }, 120_000);
});

/** Bytes: the most that a process ever had in memory, as Linux counts it. */
async function mostMemory(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8");
  return Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)?.[1]) * 1024;
}
