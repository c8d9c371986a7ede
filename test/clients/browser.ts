import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { startProcess, temporaryDirectory } from "../support/process.ts";

const MODULES: Readonly<Record<string, string>> = {
  "@openfeature/core": "@openfeature/core/dist/esm/index.js",
  "@openfeature/web-sdk": "@openfeature/web-sdk/dist/esm/index.js",
  "@openfeature/ofrep-core":
    "@openfeature/ofrep-web-provider/node_modules/@openfeature/ofrep-core/index.esm.js",
  "@openfeature/ofrep-web-provider": "@openfeature/ofrep-web-provider/index.esm.js",
};

/** What a page says of its flag, whenever that changes. */
export interface Told {
  readonly page: string;
  readonly on: boolean;
  /** Event streams that it has opened so far. */
  readonly streams: number;
}

export interface Browser {
  readonly told: readonly Told[];
  /** The page that a browser shows from now on. */
  page(name: string, flags: string): string;
  readonly origin: string;
  /** Starts a real Chromium with these pages as tabs, each in view of nobody but the last. */
  open(pages: readonly string[]): Promise<void>;
  stop(): Promise<void>;
}

/** Pages with OpenFeature's SDK and its OFREP provider, as they are published, in a real browser. */
export async function startBrowser(): Promise<Browser> {
  const told: Told[] = [];
  const profile = await temporaryDirectory("chromium");
  const server = createServer((request, response) => answer(request, response, told)).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let close = async (): Promise<void> => undefined;
  return {
    told,
    origin,
    page: (name, flags) => `${origin}/page?${new URLSearchParams({ name, flags })}`,
    async open(pages) {
      const chromium = await startProcess({
        name: "chromium",
        command: "chromium",
        args: [
          ...["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"],
          ...["--disable-background-networking", "--disable-component-update", "--disable-sync"],
          // The proxy's certificate is nobody's but the test's.
          ...["--ignore-certificate-errors", `--user-data-dir=${profile.path}`],
          // Headless, it takes one page, which opens the others.
          ...[
            "--disable-popup-blocking",
            `${origin}/tabs?${new URLSearchParams({ pages: JSON.stringify(pages) })}`,
          ],
        ],
      });
      close = async () => void (await chromium.stop());
    },
    async stop() {
      await close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await profile.remove();
    },
  };
}

function answer(request: IncomingMessage, response: ServerResponse, told: Told[]): void {
  const { pathname, searchParams } = new URL(request.url ?? "/", "http://page");
  const file = MODULES[pathname.slice("/modules/".length)];
  if (pathname === "/told") {
    told.push({
      page: searchParams.get("name") ?? "",
      on: searchParams.get("on") === "true",
      streams: Number(searchParams.get("streams")),
    });
    response.writeHead(204).end();
  } else if (pathname === "/tabs") {
    response.writeHead(200, { "Content-Type": "text/html" }).end(TABS);
  } else if (pathname === "/page") {
    response.writeHead(200, { "Content-Type": "text/html" }).end(PAGE);
  } else if (file !== undefined) {
    response
      .writeHead(200, { "Content-Type": "text/javascript" })
      .end(readFileSync(new URL(`../../node_modules/${file}`, import.meta.url)));
  } else {
    response.writeHead(404).end();
  }
}

const TABS = `<!doctype html><title>tabs</title>
<script>for (const page of JSON.parse(new URL(location.href).searchParams.get("pages"))) window.open(page);</script>`;

const IMPORTS = JSON.stringify({
  imports: Object.fromEntries(Object.keys(MODULES).map((name) => [name, `/modules/${name}`])),
});

const PAGE = `<!doctype html><title>shop</title>
<script type="importmap">${IMPORTS}</script>
<script type="module">
import { OpenFeature, ProviderEvents } from "@openfeature/web-sdk";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
const asked = new URL(location.href).searchParams;
let streams = 0;
window.EventSource = class extends EventSource {
  constructor(...all) {
    super(...all);
    this.addEventListener("open", () => { streams += 1; });
  }
};
const client = OpenFeature.getClient();
const tell = () => fetch("/told?" + new URLSearchParams({
  name: asked.get("name"), on: String(client.getBooleanValue("cache", true)), streams: String(streams),
}));
client.addHandler(ProviderEvents.ConfigurationChanged, tell);
await OpenFeature.setProviderAndWait(
  new OFREPWebProvider({ baseUrl: asked.get("flags"), cacheMode: "disabled" }), { targetingKey: "ada" });
await tell();
</script>`;
