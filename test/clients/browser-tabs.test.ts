import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:http2";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { StreamShop } from "../adapters/http/stream-shop.ts";
import { freePort, startProcess, temporaryDirectory } from "../support/process.ts";
import { SELF_SIGNED } from "../support/self-signed.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";
import { type Browser, startBrowser } from "./browser.ts";
import { shop } from "./shop.ts";

/** Debian users have no sbin in their PATH. */
const NGINX = ["/usr/sbin/nginx"].find((path) => existsSync(path)) ?? "nginx";

const server = new StreamShop();
const running = new Stopper();
let browser: Browser;

beforeEach(async () => {
  browser = await running.start(startBrowser());
});

afterEach(() => running.stop());

async function serve(options: { sweep?: number } = {}): Promise<void> {
  await server.start({
    policies: [shop],
    eventStreams: true,
    corsOrigins: new Set([browser.origin]),
    ...options,
  });
  running.add(() => server.stop());
}

async function openTabs(count: number, flags: string): Promise<void> {
  await browser.open(Array.from({ length: count }, (_, at) => browser.page(`tab ${at}`, flags)));
  await until(
    "a stream for each tab",
    () => server.count(),
    (open) => open === count,
  );
  expect(tabsThat(true)).toBe(count);
}

/** How many say of the flag last that it is on, or off. */
function tabsThat(on: boolean): number {
  const last = new Map(browser.told.map((told) => [told.page, told.on]));
  return [...last.values()].filter((value) => value === on).length;
}

describe("pages in Chromium, with OpenFeature's SDK", () => {
  test("all hear of a rollback, though the streams of six hold every connection that HTTP/1.1 gives them", async () => {
    await serve();
    await openTabs(6, server.base);
    await server.fire("CacheBroken");
    await until(
      "all of them",
      () => tabsThat(false),
      (off) => off === 6,
    );
  });

  test("hear of it at once, and however many they are, behind nginx as it is documented: over HTTP/2", async () => {
    // Nobody is hung up on here.
    await serve({ sweep: 3_600_000 });
    const flags = await startNginx(server.base);
    await openTabs(8, flags);
    await server.fire("CacheBroken");
    await until(
      "all of them",
      () => tabsThat(false),
      (off) => off === 8,
    );
    expect(Math.max(...browser.told.map(({ streams }) => streams))).toBe(1);
  });
});

/** With examples/nginx/rollguard.conf: of it only addresses and files are others here. */
async function startNginx(upstream: string): Promise<string> {
  const directory = await temporaryDirectory("nginx");
  running.add(() => directory.remove());
  const port = await freePort();
  const at = (name: string): string => join(directory.path, name);
  const documented = readFileSync("examples/nginx/rollguard.conf", "utf8");
  const site = documented
    .replace("127.0.0.1:9095", new URL(upstream).host)
    .replace("listen 443", `listen 127.0.0.1:${port}`)
    .replaceAll("/etc/nginx/", `${directory.path}/`);
  const temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
    .map((name) => `${name}_temp_path ${at(name)};`)
    .join("\n");
  await writeFile(at("rollguard.conf"), site);
  await writeFile(at("rollguard.key"), SELF_SIGNED.key);
  await writeFile(at("rollguard.crt"), SELF_SIGNED.cert);
  await writeFile(
    at("nginx.conf"),
    `daemon off; user root; pid ${at("pid")}; error_log stderr; events {}\nhttp { access_log off; ${temporary} include ${at("rollguard.conf")}; }`,
  );
  await running.start(
    startProcess({ name: "nginx", command: NGINX, args: ["-p", directory.path, "-c", at("nginx.conf")] }),
  );
  const base = `https://127.0.0.1:${port}`;
  await until("nginx", () => speaksHttp2(base), Boolean);
  return base;
}

function speaksHttp2(base: string): Promise<boolean> {
  return new Promise((resolve) => {
    const session = connect(base, { rejectUnauthorized: false });
    session.once("connect", () => resolve(session.alpnProtocol === "h2"));
    session.once("error", () => resolve(false));
    running.add(async () => session.destroy());
  });
}
