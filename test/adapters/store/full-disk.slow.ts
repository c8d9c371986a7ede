import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { openEmbeddedStore } from "../../../src/adapters/store/embedded/embedded-store.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import { count, countedIn, countingObserver } from "../../contract/works.ts";
import { temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

// A disk of its own, which only root may mount.
describe("a disk that is full", () => {
  const running = new Stopper();
  let disk: string;
  let directory: string;
  let filler: string;
  beforeEach(async () => {
    const temporary = await temporaryDirectory("disk");
    running.add(temporary.remove);
    disk = join(temporary.path, "disk");
    await mkdir(disk);
    execFileSync("/usr/bin/mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", disk]);
    running.add(async () => void execFileSync("/usr/bin/umount", [disk]));
    directory = join(disk, "data");
    filler = join(disk, "filler");
  });
  afterEach(() => running.stop());

  async function start(): Promise<StateStore> {
    const store = await openEmbeddedStore({ directory, observer: countingObserver(), warn: () => undefined });
    running.add(() => store.close());
    return store;
  }

  const fill = (): Promise<void> => writeFile(filler, Buffer.alloc(2 ** 21)).catch(() => undefined);
  const full = /the disk with \S+data is full/;

  test("is called so by who writes, and by a start; reading goes on, and writing when there is room", async () => {
    const store = await start();
    await store.transact("genesis", count("a"));
    await fill();
    const failing = async (): Promise<void> => {
      for (let step = 0; step < 100; step++) await store.transact("genesis", count("b".repeat(3_000)));
    };
    await expect(failing()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(full),
    });
    const { revision } = await store.read("genesis");
    await store.close();
    const again = await start();
    expect((await again.read("genesis")).revision).toBe(revision);
    await rm(filler);
    await again.transact("genesis", count("c"));
    expect(await countedIn(again, "genesis")).toBe(revision / 2 + 1);
  });

  test("is called so by the first start of all, which leaves nothing behind", async () => {
    await mkdir(directory);
    await fill();
    await expect(start()).rejects.toMatchObject({
      code: "store_unavailable",
      message: expect.stringMatching(full),
    });
    expect(readdirSync(directory)).toEqual([]);
    await rm(filler);
    await (await start()).transact("genesis", count("a"));
  });
});
