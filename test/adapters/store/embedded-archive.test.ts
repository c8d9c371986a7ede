import { execFileSync } from "node:child_process";
import { copyFile, mkdir, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import {
  createEmbeddedStore,
  type EmbeddedStoreOptions,
} from "../../../src/adapters/store/embedded/embedded-store.ts";
import { describeEvent, type EventView } from "../../../src/app/describe-event.ts";
import type { StateStore } from "../../../src/app/ports.ts";
import { count, countedIn, countingObserver, event, NOTHING } from "../../contract/works.ts";
import { startTypeScript } from "../../support/compiled.ts";
import { type RunningProcess, saying, temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

const UNAVAILABLE = { code: "store_unavailable" };
const PRLIMIT = "/usr/bin/prlimit";
const EVERYTHING = Number.MAX_SAFE_INTEGER;

describe("the archive of the embedded store", () => {
  const running = new Stopper();
  let directory: string;
  let folder: string;
  beforeEach(async () => {
    const temporary = await temporaryDirectory("archive");
    running.add(temporary.remove);
    directory = temporary.path;
    folder = join(directory, "ledger", "genesis");
  });
  afterEach(() => running.stop());

  function open(options: Partial<EmbeddedStoreOptions> = {}): StateStore {
    const store = createEmbeddedStore({ directory, observer: countingObserver(), ...options });
    running.add(() => store.close());
    return store;
  }

  async function stepsOf(store: StateStore, steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) await store.transact("genesis", count("here"));
  }

  async function startChild(task: string): Promise<RunningProcess> {
    const child = await startTypeScript({
      name: task,
      file: new URL("../../contract/store-child.ts", import.meta.url),
      args: [directory, "genesis", "child", task],
    });
    running.add(child.kill);
    return child;
  }

  /** `1-5`, in the order of their names. */
  async function rangesOf(): Promise<string[]> {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson")).sort();
    return names.map((name) => (name.match(/[1-9]\d*/g) ?? []).join("-"));
  }

  async function archived(): Promise<EventView[]> {
    const names = (await readdir(folder)).filter((name) => name.endsWith(".ndjson")).sort();
    const texts = await Promise.all(names.map((name) => readFile(join(folder, name), "utf8")));
    return texts.flatMap((text) => text.trimEnd().split("\n")).map((line) => JSON.parse(line));
  }

  /** Every event ever is in the archive or in the ledger, once, and nothing else. */
  async function expectAll(store: StateStore): Promise<void> {
    const { first, last } = await store.ledger("genesis");
    const numbers = (await archived()).map(({ revision }) => revision);
    expect(numbers).toEqual(Array.from({ length: (first ?? 0) - 1 }, (_, index) => index + 1));
    expect(2 * (await countedIn(store, "genesis"))).toBe(last);
  }

  test("has what has left as the API gives it, a line an event, and is told of", async () => {
    const store = open();
    await stepsOf(store, 4);
    const events = (await store.events("genesis", { limit: 9 })).map(describeEvent);
    await store.trim("genesis", 3);
    expect(await store.trim("genesis", 5)).toMatchObject({ first: 6, archive: "ledger/genesis" });
    expect(await rangesOf()).toEqual(["1-3", "4-5"]);
    expect(await archived()).toEqual(events.slice(0, 5));
    const text = await readFile(join(folder, "0000000000000004-0000000000000005.ndjson"), "utf8");
    expect(text).toBe(`${JSON.stringify(events[3])}\n${JSON.stringify(events[4])}\n`);
    expect(await readdir(folder)).toHaveLength(2);
  });

  test("takes 10,000 events a file at most", async () => {
    const store = open();
    const events = Array.from({ length: 12_000 }, () => event("many"));
    await store.transact("genesis", () => ({ ...NOTHING, events }));
    expect(await store.trim("genesis", EVERYTHING)).toMatchObject({ first: 10_001 });
    expect(await store.trim("genesis", EVERYTHING)).toMatchObject({ first: 12_000 });
    expect(await rangesOf()).toEqual(["1-10000", "10001-11999"]);
    expect(await archived()).toHaveLength(11_999);
  });

  test("keeps applications apart, whatever they are called", async () => {
    const store = open();
    const names = ["..", ".", "a/../b", "genesis"];
    for (const name of names) {
      await store.transact(name, count(name));
      await store.trim(name, EVERYTHING);
    }
    expect((await readdir(join(directory, "ledger"))).sort()).toEqual([
      "%2E",
      "%2E.",
      "a%2F..%2Fb",
      "genesis",
    ]);
    expect((await readdir(directory)).sort()).toEqual(["data.mdb", "ledger", "lock.mdb"]);
  });

  test("has each event once after a crash between the archive and the ledger, though more leave by then", async () => {
    const store = open();
    await stepsOf(store, 5);
    await store.close();
    // Both as they are on the disk in between: the file has its name, the ledger still has its events.
    await copyFile(join(directory, "data.mdb"), join(directory, "before"));
    const crashing = open();
    await crashing.trim("genesis", 4);
    await crashing.close();
    await copyFile(join(directory, "before"), join(directory, "data.mdb"));
    await rm(join(directory, "lock.mdb"));
    const restarted = open();
    expect(await restarted.ledger("genesis")).toMatchObject({ first: 1, last: 10 });
    // By another policy less may leave than was archived already: then it waits.
    expect(await restarted.trim("genesis", 3)).toMatchObject({ first: 1 });
    await stepsOf(restarted, 1);
    expect(await restarted.trim("genesis", 9)).toMatchObject({ first: 5 });
    expect(await restarted.trim("genesis", 9)).toMatchObject({ first: 10 });
    expect(await rangesOf()).toEqual(["1-4", "5-9"]);
    await expectAll(restarted);
  });

  test("has each event once though the process is killed at any moment", async () => {
    for (let round = 0; round < 5; round++) {
      const child = await startChild("trims");
      await saying(child, new RegExp(`step ${3 + 4 * round}\\n`));
      await child.kill();
    }
    const store = open();
    await stepsOf(store, 1);
    await store.trim("genesis", EVERYTHING);
    await store.trim("genesis", EVERYTHING);
    await expectAll(store);
    expect((await store.ledger("genesis")).last).toBeGreaterThan(2 * 55);
  });

  test("takes nothing while it cannot be written, and the ledger goes on with everything in it", async () => {
    const store = open();
    await stepsOf(store, 2);
    await writeFile(join(directory, "ledger"), "a file where the archive should be");
    await expect(store.trim("genesis", EVERYTHING)).rejects.toMatchObject({
      ...UNAVAILABLE,
      message: expect.stringMatching(/ledger.genesis takes no events .*they stay in the ledger/),
    });
    await stepsOf(store, 1);
    expect(await store.ledger("genesis")).toMatchObject({ first: 1, last: 6, trimmed: 0 });
    await rm(join(directory, "ledger"));
    expect(await store.trim("genesis", EVERYTHING)).toMatchObject({ first: 6 });
    await expectAll(store);
  });

  test("takes nothing while the disk is full, and leaves no half file", async () => {
    const store = open();
    const large = { ...event("many"), detail: "x".repeat(1_000) };
    await store.transact("genesis", () => ({ ...NOTHING, events: Array.from({ length: 200 }, () => large) }));
    const child = await startChild("clears");
    // For files a limit of the process is what a full disk is. The file needs more than this, but is written in one go: of
    // which a disk that fills up takes a part, and calls that success.
    execFileSync(PRLIMIT, ["--pid", `${child.pid}`, `--fsize=${100_000}:`]);
    await saying(child, /(^failed store_unavailable: .* takes no events[\s\S]*?){2}/m);
    expect(await readdir(folder)).toEqual([]);
    expect(await store.ledger("genesis")).toMatchObject({ first: 1, last: 200 });
    execFileSync(PRLIMIT, ["--pid", `${child.pid}`, "--fsize=unlimited:"]);
    await saying(child, /^cleared 200$/m);
    expect(await archived()).toHaveLength(199);
  });

  test("with others' events in it, as beside a restored backup, is left alone, and so is the ledger", async () => {
    const store = open();
    await stepsOf(store, 3);
    await store.close();
    await copyFile(join(directory, "data.mdb"), join(directory, "backup"));
    const later = open();
    await stepsOf(later, 3);
    await later.trim("genesis", 4);
    await later.trim("genesis", 8);
    await later.close();
    await copyFile(join(directory, "backup"), join(directory, "data.mdb"));
    await rm(join(directory, "lock.mdb"));
    const restored = open();
    await restored.transact("genesis", count("another history"));
    const before = await archived();
    for (let round = 0; round < 2; round++)
      await expect(restored.trim("genesis", EVERYTHING)).rejects.toMatchObject({
        ...UNAVAILABLE,
        message: expect.stringMatching(/ledger\/genesis has files of events .*move them away/),
      });
    await rm(join(folder, "0000000000000005-0000000000000008.ndjson"));
    expect(await restored.trim("genesis", EVERYTHING)).toMatchObject({ first: 5 });
    await writeFile(join(folder, "0000000000000005-0000000000000006.ndjson"), "{}\n{}\n");
    await expect(restored.trim("genesis", EVERYTHING)).rejects.toMatchObject(UNAVAILABLE);
    expect(await restored.ledger("genesis")).toMatchObject({ first: 5, last: 8 });
    expect(before).toHaveLength(8);
    expect((await archived()).slice(0, 4)).toEqual(before.slice(0, 4));
  });

  test("loses the unfinished files of crashes long ago, and none that is being written", async () => {
    await mkdir(folder, { recursive: true });
    for (const [name, age] of [
      ["old", 7_200],
      ["new", 60],
    ] as const) {
      const path = join(folder, `${name}.unfinished`);
      await writeFile(path, "half");
      const then = Date.now() / 1_000 - age;
      await utimes(path, then, then);
    }
    const store = open();
    await stepsOf(store, 2);
    await store.trim("genesis", EVERYTHING);
    expect(await readdir(folder)).toEqual(["0000000000000001-0000000000000003.ndjson", "new.unfinished"]);
  });

  test("is not written by who may only read", async () => {
    await stepsOf(open(), 2);
    const reader = open({ readOnly: true });
    expect(await reader.ledger("genesis")).toMatchObject({ first: 1, last: 4 });
    await expect(reader.trim("genesis", EVERYTHING)).rejects.toMatchObject(UNAVAILABLE);
    await expect(stat(join(directory, "ledger"))).rejects.toMatchObject({ code: "ENOENT" });
  });
});
