import { mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { open as lmdb } from "lmdb";
import {
  createEmbeddedStore,
  openEmbeddedStore,
} from "../../../src/adapters/store/embedded/embedded-store.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import { count, countedIn, countingObserver } from "../../contract/works.ts";
import { temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

const PAGE = 4096;

// All damages here are harmless ones: whoever has LMDB read worse may lose the process.
describe("data that a server is started on", () => {
  const running = new Stopper();
  let directory: string;
  let file: string;
  beforeEach(async () => {
    const temporary = await temporaryDirectory("damage");
    running.add(temporary.remove);
    directory = join(temporary.path, "data.d");
    file = join(directory, "data.mdb");
  });
  afterEach(() => running.stop());

  async function start(): Promise<StateStore> {
    const store = await openEmbeddedStore({ directory, observer: countingObserver(), warn: () => undefined });
    running.add(() => store.close());
    return store;
  }

  /** A store in which something was committed, and which was closed since. */
  async function used(steps = 1): Promise<void> {
    const store = await start();
    for (let step = 0; step < steps; step++) await store.transact("genesis", count("a"));
    await store.close();
  }

  async function refused(why: RegExp): Promise<void> {
    const error = await start().then(
      () => null,
      (failure: Error) => failure,
    );
    expect(error).toMatchObject({ code: "store_unavailable", message: expect.stringMatching(why) });
    expect(error?.message).toMatch(/put back a backup of data\.mdb; without one, move the directory away/);
  }

  test("is made where there is none, and whole after a restart", async () => {
    await used();
    expect(await countedIn(await start(), "genesis")).toBe(1);
  });

  test.each([
    ["is empty", () => truncate(file, 0), /data\.mdb is empty/],
    ["has a header of zeros", () => overwrite(0, 2 * PAGE), /data\.mdb is damaged, or no LMDB file/],
    ["is cut off", () => truncate(file, 3 * PAGE), /data\.mdb is cut off/],
    ["is gone, and its lock is there", () => rm(file), /data\.mdb is gone, but its lock\.mdb is there/],
  ])("that %s is refused, however often, and nothing is begun anew", async (_, damage, why) => {
    await used(10);
    await damage();
    for (let round = 0; round < 2; round++) await refused(why);
  });

  // As seen after SIGKILL within the first 20 ms.
  test.each([
    ["nothing more", []],
    ["a lock file without its bytes", [["lock.mdb", 0]]],
    ["a lock file that nobody has used", [["lock.mdb", 16_384]]],
    [
      "a data file without its first page",
      [
        ["lock.mdb", 16_384],
        ["data.mdb", 0],
      ],
    ],
  ] as const)(
    "that a first start did not come to, because it was killed, is made by the next: it has left %s",
    async (_, left) => {
      await mkdir(directory);
      for (const [name, size] of [["beginning", 0], ...left] as const)
        await writeFile(join(directory, name), Buffer.alloc(size));
      await used();
      expect(await countedIn(await start(), "genesis")).toBe(1);
      expect(await readdir(directory)).not.toContain("beginning");
    },
  );

  test("that is damaged is no beginning, also where one had not ended", async () => {
    await used(10);
    await writeFile(join(directory, "beginning"), "");
    await truncate(file, 3 * PAGE);
    await refused(/data\.mdb is cut off/);
  });

  test.each([
    ["an archive", "ledger/genesis", "0000000000000001-0000000000000009.ndjson", /its archive \(ledger\/\)/],
    ["what was kept of flags", "flags", "genesis.json", /what was kept of a Redis' flags \(flags\/\)/],
  ])("that is gone, while %s is there, is missed", async (_, folder, name, why) => {
    await mkdir(join(directory, folder), { recursive: true });
    await used();
    await writeFile(join(directory, folder, name), "{}");
    await (await start()).close();
    await rm(file);
    await rm(join(directory, "lock.mdb"));
    await refused(why);
    await rm(join(directory, folder), { recursive: true });
    await used();
  });

  test("with a page of zeros is refused, unless nothing is in that", async () => {
    await used(60);
    const good = await readFile(file);
    let torn = 0;
    for (let at = 2 * PAGE; at < good.length; at += PAGE) {
      await overwrite(at + PAGE / 2, PAGE / 2, good);
      const opened = await start().catch((error: Error) => error);
      if (opened instanceof Error) {
        expect(opened.message).toMatch(/data\.mdb is damaged/);
        torn += 1;
      } else {
        expect(await countedIn(opened, "genesis")).toBe(60);
        await opened.close();
      }
    }
    expect(torn).toBeGreaterThan(5);
  });

  test.each([
    ["applications", "{"],
    ["fields", '{"enabled":'],
    ["events", ""],
  ])("with a value of the table %s that is none is refused", async (table, value) => {
    await used();
    const encoding = { keyEncoding: "binary", encoding: "string" } as const;
    const files = lmdb<string, Uint8Array>({ ...encoding, path: directory, noSubdir: false });
    const values = files.openDB<string, Uint8Array>(table, encoding);
    const last = [...values.getKeys()].at(-1);
    await values.put(last ?? Buffer.of(), value);
    await files.close();
    await refused(/data\.mdb is damaged/);
  });

  test("that is empty cannot be looked at either", async () => {
    await used();
    await truncate(file, 0);
    expect(() => createEmbeddedStore({ directory, observer: countingObserver(), readOnly: true })).toThrow(
      /data\.mdb is empty/,
    );
  });

  async function overwrite(at: number, size: number, good?: Buffer): Promise<void> {
    const bytes = Buffer.from(good ?? (await readFile(file)));
    await writeFile(file, bytes.fill(0, at, at + size));
  }
});
