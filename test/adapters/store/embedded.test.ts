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

  test("that were removed under a store are noticed by ping", async () => {
    const store = open();
    await store.transact("genesis", count("a"));
    await rm(directory, { recursive: true });
    await expect(store.ping()).rejects.toMatchObject(UNAVAILABLE);
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
