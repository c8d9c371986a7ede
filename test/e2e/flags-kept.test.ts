import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, expect, it } from "@jest/globals";
import { type RunningServer, startServer } from "../../src/compose.ts";
import { readSettings, type Settings } from "../../src/config/settings.ts";
import { temporaryDirectory } from "../support/process.ts";
import { startRedis } from "../support/redis-server.ts";
import { Stopper } from "../support/stopper.ts";
import { until } from "../support/until.ts";

let running: Stopper;
afterEach(() => running.stop());

function settingsOf(environment: Record<string, string>): Settings {
  const { settings, problems } = readSettings({
    ROLLGUARD_LISTEN: "127.0.0.1:0",
    ROLLGUARD_POLICY: "rules/genesis.yaml",
    LOG_LEVEL: "silent",
    ...environment,
  });
  if (settings === null) throw new Error(problems.join("\n"));
  return settings;
}

async function allFlags({ url }: RunningServer): Promise<{ flags: object[]; metadata: { stale?: boolean } }> {
  const body = JSON.stringify({ context: { targetingKey: "ada" } });
  const reply = await fetch(`${url}/ofrep/v1/evaluate/flags`, { method: "POST", body });
  if (reply.status !== 200) throw new Error(await reply.text());
  return (await reply.json()) as Awaited<ReturnType<typeof allFlags>>;
}

const values = ({ flags }: { flags: object[] }): unknown[] =>
  flags.map((flag) => ({ ...flag, metadata: undefined }));

it("a responder that starts without Redis serves the flags that the last one kept", async () => {
  running = new Stopper();
  const place = await temporaryDirectory("kept-flags");
  running.add(place.remove);
  const redis = await startRedis();
  running.add(redis.stop);
  const settings = settingsOf({
    ROLLGUARD_REDIS_URL: redis.url,
    ROLLGUARD_DATA: place.path,
    ROLLGUARD_REPORTS: "none",
  });
  const first = await startServer(settings);
  const fresh = await until(
    "fresh flags",
    () => allFlags(first),
    ({ metadata }) => metadata.stale === undefined,
  );
  await first.stop();
  expect(await readdir(join(place.path, "flags"))).toEqual(["genesis.json"]);

  await redis.kill();
  const second = await startServer(settings);
  running.add(() => second.stop());
  const kept = await allFlags(second);
  expect(kept.metadata.stale).toBe(true);
  expect(values(kept)).toEqual(values(fresh));
});

it("a responder with its store on this disk keeps nothing beside it", async () => {
  running = new Stopper();
  const place = await temporaryDirectory("kept-flags");
  running.add(place.remove);
  const server = await startServer(settingsOf({ ROLLGUARD_DATA: place.path, ROLLGUARD_REPORTS: "none" }));
  expect((await allFlags(server)).metadata.stale).toBeUndefined();
  await server.stop();
  expect(await readdir(place.path)).not.toContain("flags");
});
