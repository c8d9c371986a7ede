#!/usr/bin/env bash
# @openfeature/ofrep-web-provider 0.4.3 (web-sdk 1.10.0), with `pollInterval` set: the first answer of the event stream that is
# no stream (here the 502 of a proxy whose server is being restarted) ends listening for good. The page goes on polling, so what
# it should hear within milliseconds it learns a poll later, until its context changes. Without `pollInterval` the provider asks
# for all flags a second later and listens again.
#
# Seen: with pollInterval 200 ms: 2 attempts to listen, then none in 5 s, while it polls 20 times and more.
#       without: it listens again after 1 to 2 s.
# Run: bash findings/ofrep-web-provider-poll-interval.sh    Exit 0: still so; 1: it has changed.
set -euo pipefail
folder="$(mktemp -d)"
trap 'rm -rf "$folder"' EXIT
cd "$folder"
echo '{"type":"module","private":true}' > package.json
npm install --silent --no-audit --no-fund \
  @openfeature/ofrep-web-provider@0.4.3 @openfeature/web-sdk@1.10.0 @openfeature/core@1.12.0 eventsource@4.0.0 > /dev/null

cat > run.mjs <<'JS'
import { createServer } from "node:http";
import { setTimeout as delay } from "node:timers/promises";
import { OFREPWebProvider } from "@openfeature/ofrep-web-provider";
import { OpenFeature } from "@openfeature/web-sdk";
import { EventSource } from "eventsource";

globalThis.EventSource = EventSource;

/** A flag service behind a proxy. Its second stream meets a 502, every other one is served. */
async function watch(options) {
  let streams = 0;
  let asked = 0;
  let first;
  const opened = new Promise((resolve) => { first = resolve; });
  let open;
  const server = createServer((request, response) => {
    if (request.method === "POST") {
      asked += 1;
      request.resume();
      response.writeHead(200, { "Content-Type": "application/json", ETag: '"1"' });
      response.end(JSON.stringify({
        flags: [{ key: "new", value: true, reason: "STATIC", variant: "on" }],
        eventStreams: [{ type: "sse", inactivityDelaySec: 120, endpoint: { requestUri: "/stream" } }],
      }));
      return;
    }
    streams += 1;
    if (streams === 2) {
      response.writeHead(502, { "Content-Type": "text/html" }).end("<h1>Bad Gateway</h1>");
      return;
    }
    response.writeHead(200, { "Content-Type": "text/event-stream" });
    response.write("retry: 100\n\n");
    open = response;
    first();
  }).listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const baseUrl = `http://127.0.0.1:${server.address().port}`;
  await OpenFeature.setProviderAndWait(new OFREPWebProvider({ baseUrl, ...options }), { targetingKey: "ada" });
  await opened;
  const before = asked;
  open.end();
  for (const until = Date.now() + 8_000; streams < 2 && Date.now() < until; ) await delay(20);
  for (const until = Date.now() + 5_000; streams < 3 && Date.now() < until; ) await delay(50);
  const seen = { listened: streams, asked: asked - before };
  await OpenFeature.clearProviders();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  return seen;
}

const polls = await watch({ pollInterval: 200 });
const listens = await watch({});
console.log(`with pollInterval:    listened ${polls.listened} times, asked ${polls.asked} times after the stream had ended`);
console.log(`without pollInterval: listened ${listens.listened} times, asked ${listens.asked} times after the stream had ended`);
const isAsSeen = polls.listened === 2 && polls.asked >= 10 && listens.listened >= 3;
console.log(isAsSeen ? "as seen before: with pollInterval one 502 ends the stream for good" : "it behaves otherwise now");
process.exit(isAsSeen ? 0 : 1);
JS
timeout 60 node run.mjs
