import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startTypeScript } from "../support/compiled.ts";
import { freePort, temporaryDirectory } from "../support/process.ts";
import { startSentinel } from "../support/redis-sentinel.ts";
import { startRedis } from "../support/redis-server.ts";
import { SELF_SIGNED } from "../support/self-signed.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

describe("Redis over TLS", () => {
  const running = new Stopper();
  const ca = { file: "" };
  /** Settings of a server that speaks TLS, and wants no certificate of its clients. */
  let tls: readonly (readonly [name: string, value: string])[];

  beforeAll(async () => {
    const directory = await temporaryDirectory("tls");
    running.add(directory.remove);
    const [cert, key] = [join(directory.path, "cert.pem"), join(directory.path, "key.pem")];
    await writeFile(cert, SELF_SIGNED.cert);
    await writeFile(key, SELF_SIGNED.key);
    ca.file = cert;
    tls = [
      ["tls-cert-file", cert],
      ["tls-key-file", key],
      ["tls-ca-cert-file", cert],
      ["tls-auth-clients", "no"],
    ];
  });
  afterAll(() => running.stop());

  const argsOf = (port: number): string[] => [
    "--tls-port",
    `${port}`,
    ...tls.flatMap(([name, value]) => [`--${name}`, value]),
  ];

  /** A process that takes a step on the store. */
  async function stepOn(url: string, env: Record<string, string> = {}): Promise<string> {
    const child = await startTypeScript({
      name: "a step over TLS",
      file: new URL("./store-child.ts", import.meta.url),
      args: [url, "genesis", "child", "1"],
      env,
    });
    running.add(child.kill);
    await child.ended;
    return child.output();
  }

  test("one server: whose CA is not known is not talked to", async () => {
    const port = await freePort();
    const redis = await running.start(startRedis({ args: argsOf(port) }));
    const url = `rediss://127.0.0.1:${port}`;
    expect(await stepOn(url)).toMatch(/self-signed certificate/);
    expect(await redis.call("DBSIZE")).toBe(0);
    await stepOn(url, { NODE_EXTRA_CA_CERTS: ca.file });
    expect(await redis.call("XLEN", "rollguard:{genesis}:events")).toBe(2);
  });

  test("sentinels, and the server that they know", async () => {
    const [port, sentinelPort] = [await freePort(), await freePort()];
    const redis = await running.start(startRedis({ args: argsOf(port) }));
    const config = [
      `tls-port ${sentinelPort}`,
      "tls-replication yes",
      ...tls.map(([name, value]) => `${name} ${value}`),
    ];
    await running.start(startSentinel({ master: "rollguard", port, config }));
    await stepOn(`rediss+sentinel://127.0.0.1:${sentinelPort}/rollguard`, { NODE_EXTRA_CA_CERTS: ca.file });
    expect(await redis.call("XLEN", "rollguard:{genesis}:events")).toBe(2);
  });

  test("a Cluster", async () => {
    const port = await freePort();
    const cluster = [
      "--cluster-enabled",
      "yes",
      "--cluster-announce-ip",
      "127.0.0.1",
      "--tls-cluster",
      "yes",
    ];
    const node = await running.start(startRedis({ args: [...cluster, ...argsOf(port)] }));
    await node.call("CLUSTER", "ADDSLOTSRANGE", 0, 16383);
    await until(
      "the cluster to be up",
      () => node.call("CLUSTER", "INFO"),
      (info) => /cluster_state:ok/.test(String(info)),
    );
    await stepOn(`rediss+cluster://127.0.0.1:${port}`, { NODE_EXTRA_CA_CERTS: ca.file });
    expect(await node.call("XLEN", "rollguard:{genesis}:events")).toBe(2);
  });
});
