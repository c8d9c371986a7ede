#!/usr/bin/env bash
# ioredis 6.0.0, `failoverDetector: true` and a `retryStrategy` that never gives up: when a sentinel announces a failover
# (+switch-master) while the client is asking another sentinel where the primary is, the client ends for good. Its status is
# "end", `retryStrategy` is not asked, and every command after it fails with "Connection is closed.", though the next primary
# has long been there. It takes a sentinel that is slow to answer, such as one that is frozen together with the primary whose
# machine it shares. Without the detector the same client connects to the next primary.
#
# Seen: with the detector: end, and "Connection is closed."; without: ready, and OK.
# Needs redis-server. Run: bash findings/ioredis-failover-detector-ends.sh    Exit 0: still so; 1: it has changed.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund ioredis@6.0.0 > /dev/null
redis-server --version

cat > run.mjs <<'JS'
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { Redis } from "ioredis";

const children = [];

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

async function start(args) {
  const child = spawn("redis-server", args, { stdio: ["ignore", "pipe", "inherit"] });
  children.push(child);
  let output = "";
  await new Promise((resolve) => {
    child.stdout.on("data", (chunk) => {
      output += chunk;
      if (/Ready to accept connections|\+monitor master/.test(output)) resolve();
    });
  });
  return child;
}

async function until(what, look) {
  for (const end = Date.now() + 30_000; Date.now() < end; await delay(50)) if (await look()) return;
  throw new Error(`waited in vain for ${what}`);
}

async function ask(port) {
  const client = new Redis({ port, host: "127.0.0.1" });
  client.on("error", () => undefined);
  await new Promise((resolve) => client.once("ready", resolve));
  return client;
}

/** The client's status, and the answer to a command, once a replica has become the primary. */
async function failover(options) {
  const [first, second] = [await freePort(), await freePort()];
  const server = (port, ...more) => {
    mkdirSync(`${port}`);
    return start(["--port", `${port}`, "--bind", "127.0.0.1", "--dir", `${port}`, "--save", "", ...more]);
  };
  const primary = await server(first, "--repl-diskless-sync-delay", "0");
  await server(second, "--replicaof", "127.0.0.1", `${first}`);
  const replica = await ask(second);
  await until("the replica", async () => (await replica.role())[3] === "connected");
  const sentinels = [];
  for (let index = 0; index < 2; index++) {
    const port = await freePort();
    mkdirSync(`${port}`);
    // It says itself when: nobody is found down meanwhile.
    writeFileSync(`${port}/s.conf`, `port ${port}\nbind 127.0.0.1\ndir ${port}\n` +
      `sentinel monitor m 127.0.0.1 ${first} 1\nsentinel down-after-milliseconds m 60000\n`);
    sentinels.push({ port, child: await start([`${port}/s.conf`, "--sentinel"]), client: await ask(port) });
  }
  for (const { client } of sentinels)
    await until("the sentinels to know all", async () =>
      (await client.call("SENTINEL", "sentinels", "m")).length === 1 &&
      /master-link-status,ok/.test(String(await client.call("SENTINEL", "replicas", "m"))));

  const client = new Redis({
    sentinels: sentinels.map(({ port }) => ({ host: "127.0.0.1", port })),
    name: "m",
    retryStrategy: () => 50,
    sentinelCommandTimeout: 4_000,
    ...options,
  });
  client.on("error", () => undefined);
  const subscribed = new Promise((resolve) => client.once("failoverSubscribed", resolve));
  await new Promise((resolve) => client.once("ready", resolve));
  if (options.failoverDetector) await subscribed;

  const [frozen, other] = sentinels;
  const asking = new Promise((resolve) => client.once("connecting", resolve));
  frozen.child.kill("SIGSTOP");
  primary.kill("SIGKILL");
  await asking;
  await other.client.call("SENTINEL", "failover", "m");
  await until("the next primary", async () => (await replica.role())[0] === "master");
  // Asked for longer than the frozen sentinel is waited for, and the other one.
  await Promise.race([delay(12_000), new Promise((resolve) => client.once("end", resolve)),
    new Promise((resolve) => client.once("ready", resolve))]);
  const seen = { status: client.status, answer: await client.set("a", "b").catch(({ message }) => message) };
  for (const each of [client, replica, ...sentinels.map((sentinel) => sentinel.client)]) each.disconnect();
  return seen;
}

try {
  const [withDetector, without] = [
    await failover({ failoverDetector: true }),
    await failover({ failoverDetector: false }),
  ];
  console.log("with the failover detector:", withDetector);
  console.log("without it:", without);
  const isSo = withDetector.status === "end" && without.status === "ready" && without.answer === "OK";
  process.exitCode = isSo ? 0 : 1;
} finally {
  for (const child of children) child.kill("SIGKILL");
}
JS
node run.mjs
