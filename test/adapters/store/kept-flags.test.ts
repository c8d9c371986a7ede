import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { createFileKeeper } from "../../../src/adapters/store/kept-flags.ts";
import type { FlagKeeper, KeptFlags } from "../../../src/app/flag-keeping.ts";
import type { FlagState } from "../../../src/domain/flag.ts";
import { temporaryDirectory } from "../../support/process.ts";

const off: FlagState = {
  enabled: false,
  rolloutPercentage: 0,
  updatedAt: 5,
  updatedBy: "ada",
  quarantinedBy: "rb-1",
};
const kept: KeptFlags = {
  revision: 7,
  knownAt: 1_790_000_000_000,
  flags: new Map([
    ["search", off],
    ["__proto__", { ...off, quarantinedBy: null }],
  ]),
};

let place: Awaited<ReturnType<typeof temporaryDirectory>>;
let directory: string;
let keeper: FlagKeeper;
let warnings: string[];

beforeEach(async () => {
  place = await temporaryDirectory("kept");
  directory = join(place.path, "data", "flags");
  warnings = [];
  keeper = createFileKeeper({ directory, warn: (message) => warnings.push(message) });
});
afterEach(() => place.remove());

const file = (name = "shop"): string => join(directory, `${name}.json`);

describe("kept flags", () => {
  it("are read as they were written, last; nobody else may read them, and nothing else is left", async () => {
    expect(await keeper.read("shop")).toBeNull();
    await keeper.write("shop", { ...kept, revision: 6, flags: new Map() });
    await keeper.write("shop", kept);
    expect(await keeper.read("shop")).toEqual(kept);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect(await readdir(directory)).toEqual(["shop.json"]);
    expect(warnings).toEqual([]);
  });

  it.each(["..", ".", ".hidden", "a.b-c_D", "x".repeat(255), "é/\0"])(
    "of an application called %j stay in their directory",
    async (application) => {
      await keeper.write(application, kept);
      expect(await keeper.read(application)).toEqual(kept);
      expect(await readdir(directory)).toHaveLength(1);
      expect(await readdir(place.path)).toEqual(["data"]);
    },
  );

  it("may have members of a newer version", async () => {
    await keeper.write("shop", kept);
    const newer = JSON.parse(await readFile(file(), "utf8"));
    newer.color = "green";
    newer.flags[0].color = "red";
    await writeFile(file(), JSON.stringify(newer));
    expect((await keeper.read("shop"))?.flags.get("search")).toEqual(off);
  });

  it.each([
    ["cut off", (text: string) => text.slice(0, -9)],
    ["empty", () => ""],
    ["zeros", (text: string) => "\0".repeat(text.length)],
    ["a list", () => "[]"],
    ["another application's", (text: string) => text.replace('"shop"', '"blog"')],
    ["without a flag's share", (text: string) => text.replace('"rolloutPercentage":0,', "")],
    [
      "with a share of 101",
      (text: string) => text.replace('"rolloutPercentage":0', '"rolloutPercentage":101'),
    ],
    ["with a text for on", (text: string) => text.replace('"enabled":false', '"enabled":"false"')],
    ["without its time", (text: string) => text.replace('"knownAt"', '"at"')],
    ["with half a revision", (text: string) => text.replace('"revision":7', '"revision":7.5')],
  ])("that are damaged (%s) are none at all, and it is said which", async (_what, damage) => {
    await keeper.write("shop", kept);
    const text = await readFile(file(), "utf8");
    expect(damage(text)).not.toBe(text);
    await writeFile(file(), damage(text));
    expect(await keeper.read("shop")).toBeNull();
    expect(warnings).toEqual([expect.stringContaining(`${file()}: damaged`)]);
    await keeper.write("shop", kept);
    expect(await keeper.read("shop")).toEqual(kept);
  });

  it("that are no file are none, and cannot be written; what was there stays", async () => {
    await mkdir(file(), { recursive: true });
    expect(await keeper.read("shop")).toBeNull();
    expect(warnings).toEqual([expect.stringContaining("cannot be read")]);
    await expect(keeper.write("shop", kept)).rejects.toThrow();
    expect(await readdir(directory)).toEqual(["shop.json"]);
    await writeFile(join(place.path, "file"), "");
    const nowhere = createFileKeeper({ directory: join(place.path, "file"), warn: () => undefined });
    await expect(nowhere.write("shop", kept)).rejects.toThrow();
  });
});
