import { execFileSync } from "node:child_process";
import { mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createEmbeddedStore,
  type EmbeddedStoreOptions,
} from "../../../src/adapters/store/embedded/embedded-store.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import { count, countedIn, countingObserver } from "../../contract/works.ts";
import { startTypeScript } from "../../support/compiled.ts";
import { saying, temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

const UNAVAILABLE = { code: "store_unavailable" };
const PRLIMIT = "/usr/bin/prlimit";

describe("the files of the embedded store", () => {
  const running = new Stopper();
  let directory: string;
  beforeEach(async () => {
    const temporary = await temporaryDirectory("files");
    running.add(temporary.remove);
    directory = join(temporary.path, "data.d");
  });
  afterEach(() => running.stop());

  function open(options: Partial<EmbeddedStoreOptions> = {}): StateStore {
    const store = createEmbeddedStore({ directory, observer: countingObserver(), ...options });
    running.add(() => store.close());
    return store;
  }

  function failure(run: () => unknown): unknown {
    try {
      return run();
    } catch (error) {
      return error;
    }
  }

  test("are made where there are none, and are there after a restart", async () => {
    directory = join(directory, "deep", "er");
    const store = open();
    await store.transact("genesis", count("a"));
    await store.close();
    expect((await stat(join(directory, "data.mdb"))).isFile()).toBe(true);
    expect(await countedIn(open(), "genesis")).toBe(1);
  });

  test.each([
    ["of another kind", () => Buffer.from("no such thing ".repeat(10_000))],
    ["cut off in their first page", (good: Buffer) => good.subarray(0, 40)],
    ["cut off behind their first page", (good: Buffer) => good.subarray(0, 4096)],
  ])("%s are refused, and what to do is said", async (_, damaged) => {
    const file = join(directory, "data.mdb");
    const store = open();
    await store.transact("genesis", count("a"));
    await store.close();
    const good = await readFile(file);
    await rm(directory, { recursive: true });
    await mkdir(directory);
    await writeFile(file, damaged(good));
    const error = failure(() => open());
    expect(error).toMatchObject(UNAVAILABLE);
    expect(error).toMatchObject({
      message: expect.stringMatching(/data\.d cannot be opened .*put back a backup/),
    });
  });

  test("that cannot be made are store_unavailable", async () => {
    await writeFile(directory, "a file where the directory should be");
    expect(failure(() => open())).toMatchObject(UNAVAILABLE);
  });

  test("can be read while another store writes, and only read", async () => {
    expect(failure(() => open({ readOnly: true }))).toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringMatching(/start the server first/),
    });
    const writer = open();
    const child = await startTypeScript({
      name: "writer",
      file: new URL("../../contract/store-child.ts", import.meta.url),
      args: [directory, "genesis", "child", "5"],
    });
    await child.ended;
    const reader = open({ readOnly: true });
    expect((await reader.read("genesis")).revision).toBe(10);
    await writer.transact("genesis", count("a"));
    expect((await reader.read("genesis")).revision).toBe(12);
    expect(await reader.events("genesis", { after: 10, limit: 9 })).toHaveLength(2);
    expect(await reader.read("another")).toMatchObject({ revision: 0 });
    await expect(reader.transact("genesis", count("b"))).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringMatching(/read only/),
    });
    await reader.ping();
  });

  test("that were removed or replaced under a store are noticed by ping and by whoever writes", async () => {
    const store = open();
    await store.transact("genesis", count("a"));
    await rm(directory, { recursive: true });
    for (let round = 0; round < 2; round++) {
      await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
      await expect(store.transact("genesis", count("b"))).rejects.toMatchObject({
        ...UNAVAILABLE,
        message: expect.stringMatching(/removed or replaced/),
      });
      await open().transact("genesis", count("another"));
    }
  });

  test("that a full disk stops leave the process alive, and go on with space", async () => {
    const child = await startTypeScript({
      name: "writer",
      file: new URL("../../contract/store-child.ts", import.meta.url),
      args: [directory, "genesis", "child", "persists"],
    });
    running.add(child.kill);
    await saying(child, /step 20\n/);
    // For files a limit of the process is what a full disk is: what would grow them fails, other writes do not.
    const limit = (soft: number | string): unknown =>
      execFileSync(PRLIMIT, ["--pid", `${child.pid}`, `--fsize=${soft}:`]);
    limit((await stat(join(directory, "data.mdb"))).size);
    await saying(child, /(^failed store_unavailable: [\s\S]*?){20}/m);
    expect(child.output()).toMatch(/the disk with \S+data\.d is full \(/);
    limit("unlimited");
    await saying(child, /^failed [\s\S]*\n(step \d+\n){20}/m);
    await child.kill();
    const told = Number(/step (\d+)\n[^\n]*$/.exec(child.output())?.[1]);
    const counted = await countedIn(open(), "genesis");
    expect([told, told + 1]).toContain(counted);
  });

  test("that lack pages at their end are refused, unless nothing is in those", async () => {
    const store = open();
    await store.transact("genesis", count("a"));
    const alerts = Array.from({ length: 3_000 }, (_, index) => `alert-${index}`);
    const alert = { name: "Slow", tier: "flag" as const, startsAt: 0, receivedAt: 0 };
    for (const there of [true, false]) {
      const changes = alerts.map((key) => ({
        kind: "alert" as const,
        key,
        value: there ? { ...alert, fingerprint: key } : null,
      }));
      await store.transact("genesis", (state) => {
        const counted = count("a")(state);
        return { ...counted, changes: [...changes, ...counted.changes] };
      });
    }
    for (let step = 0; step < 5; step++) await store.transact("genesis", count("a"));
    await store.close();
    const file = join(directory, "data.mdb");
    const good = await readFile(file);
    let refused = 0;
    for (let size = good.length; size > 4096; size -= 4096) {
      await writeFile(file, good.subarray(0, size));
      const opened = failure(() => open());
      if (opened instanceof Error) {
        expect(opened).toMatchObject({ ...UNAVAILABLE, message: expect.stringMatching(/cut off|damaged/) });
        refused += 1;
      } else {
        // Not after one that was refused, and with nothing missing.
        expect(refused).toBe(0);
        const reopened = opened as StateStore;
        expect(await countedIn(reopened, "genesis")).toBe(8);
        await reopened.close();
      }
    }
    expect(refused).toBeGreaterThan(2);
    expect(refused).toBeLessThan(good.length / 4096 - 5);
  });

  test("that another process keeps locked end in lock_timeout; the work that came too late is never run", async () => {
    const store = open({ lockTimeout: 100 });
    const child = await startTypeScript({
      name: "holder",
      file: new URL("../../contract/store-child.ts", import.meta.url),
      args: [directory, "genesis", "child", "holds"],
    });
    running.add(child.kill);
    await saying(child, /inside/);
    const late = store.transact("genesis", count("late"));
    const alsoLate = store.transact("genesis", count("late"));
    await expect(late).rejects.toMatchObject({ code: "lock_timeout" });
    await expect(alsoLate).rejects.toMatchObject({ code: "lock_timeout" });
    expect((await store.read("genesis")).revision).toBe(0);
    await child.kill();
    await store.transact("genesis", count("in time"));
    expect(await countedIn(store, "genesis")).toBe(1);
  });

  test("that were closed answer nothing", async () => {
    const store = open();
    await store.close();
    await expect(store.read("genesis")).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.transact("genesis", count("a"))).rejects.toMatchObject(UNAVAILABLE);
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
  });
});
