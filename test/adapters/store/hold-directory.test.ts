import { randomUUID } from "node:crypto";
import { readdirSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { type Hold, holdDirectory } from "../../../src/adapters/store/embedded/hold-directory.ts";
import { saying, startProcess, temporaryDirectory } from "../../support/process.ts";
import { Stopper } from "../../support/stopper.ts";

const running = new Stopper();
let directory: string;
beforeEach(async () => {
  const temporary = await temporaryDirectory("hold");
  running.add(temporary.remove);
  directory = temporary.path;
});
afterEach(() => running.stop());

async function hold(): Promise<Hold> {
  const held = await holdDirectory(directory);
  running.add(() => held.release());
  return held;
}

/** A process that listens as a holder does, and may do nothing else. */
async function holder(tells: string) {
  const script = `
    const server = require("node:net").createServer((socket) => { ${tells} });
    server.listen("holder-${randomUUID()}.sock", () => console.log("holds"));`;
  const child = await startProcess({
    name: "holder",
    command: process.execPath,
    args: ["-e", script],
    cwd: directory,
  });
  running.add(child.kill);
  await saying(child, /holds/);
  return child;
}

test("a directory has one holder, which is named, and another one when that has gone", async () => {
  const first = await holdDirectory(directory);
  expect(first.doubt).toBeNull();
  await expect(hold()).rejects.toMatchObject({
    code: "store_unavailable",
    message: expect.stringMatching(new RegExp(`in use by another Rollguard \\(process ${process.pid} on `)),
  });
  await first.release();
  await first.release();
  expect((await hold()).doubt).toBeNull();
});

test("one that hangs holds it too; one that was killed does not, and of many that come then one has it", async () => {
  const child = await holder("");
  await expect(hold()).rejects.toThrow(/in use by another Rollguard \(a process that does not answer, /);
  await child.kill();
  expect(readdirSync(directory)).toHaveLength(1);
  const all = await Promise.allSettled(Array.from({ length: 8 }, hold));
  expect(all.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
  expect(readdirSync(directory)).toHaveLength(1);
  await expect(hold()).rejects.toThrow(/in use/);
});

test("a path that is too long for a socket is as good as any", async () => {
  directory = join(directory, "x".repeat(100), "y".repeat(100));
  await mkdir(directory, { recursive: true });
  expect((await hold()).doubt).toBeNull();
  expect(readdirSync(directory)).toEqual([expect.stringMatching(/^holder-.*\.sock$/)]);
  await expect(hold()).rejects.toThrow(/in use/);
});

test("where there can be no socket it is taken with doubt", async () => {
  directory = "/proc";
  expect((await hold()).doubt).toMatch(/holder-/);
});
