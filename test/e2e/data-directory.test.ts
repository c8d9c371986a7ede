import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, expect, test } from "@jest/globals";
import { startProcess, temporaryDirectory } from "../support/process.ts";
import { ROLLGUARD, startRollguard, withoutOurs } from "../support/rollguard-server.ts";
import { Stopper } from "../support/stopper.ts";

const running = new Stopper();
afterAll(() => running.stop());

test("a second process on one data directory is refused, and looking is not; a killed one has left it", async () => {
  const directory = await temporaryDirectory("data");
  running.add(directory.remove);
  const data = join(directory.path, "data");
  const policy = await readFile(new URL("../../rules/genesis.yaml", import.meta.url), "utf8");
  const options = {
    policy,
    webhookToken: "a-token-that-only-this-test-knows",
    env: { ROLLGUARD_DATA: data },
  };
  const first = await running.start(startRollguard(options));

  const second = startRollguard(options);
  await expect(second).rejects.toThrow(/data is in use by another Rollguard \(process \d+ on /);

  const status = await startProcess({
    name: "rollguard status",
    command: process.execPath,
    args: [ROLLGUARD, "status"],
    cwd: directory.path,
    env: {
      ...withoutOurs(),
      ROLLGUARD_DATA: data,
      ROLLGUARD_POLICY: new URL("../../rules", import.meta.url).pathname,
      ROLLGUARD_LISTEN: "127.0.0.1:1",
    },
  });
  expect(await status.ended).toMatchObject({ code: 0 });
  expect(status.output()).toContain("genesis");

  await first.crash();
  expect(await first.application("genesis")).toMatchObject({ application: "genesis" });
}, 60_000);
