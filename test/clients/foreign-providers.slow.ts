import { execFile } from "node:child_process";
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, describe } from "@jest/globals";
import type { Command } from "./foreign-client.ts";
import { readsFlags } from "./foreign-suite.ts";

// Needs go, mvn with a JDK, and cargo with a C compiler; each builds with the versions that its folder pins.

const run = promisify(execFile);
const folders: string[] = [];

afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))));

async function copyOf(language: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `rollguard-${language}-`));
  folders.push(folder);
  await cp(join("test/clients", language), folder, { recursive: true });
  return folder;
}

async function go(): Promise<Command> {
  const cwd = await copyOf("go");
  await run("go", ["build", "-mod=readonly", "-o", "ask", "."], { cwd });
  return { command: join(cwd, "ask"), args: [] };
}

async function java(): Promise<Command> {
  const cwd = await copyOf("java");
  await run("mvn", ["--quiet", "--batch-mode", "package"], { cwd });
  const target = join(cwd, "target");
  return { command: "java", args: ["-cp", `${target}/ask.jar:${target}/dependency/*`, "Ask"] };
}

async function rust(): Promise<Command> {
  const cwd = await copyOf("rust");
  await run("cargo", ["build", "--quiet", "--locked"], { cwd });
  return { command: join(cwd, "target/debug/ask"), args: [] };
}

describe("Go's SDK 1.17.0 and OFREP provider 0.1.7", () => {
  readsFlags(go, { details: true, keyMissing: "TARGETING_KEY_MISSING", date: null });
});

describe("Java's SDK 1.22.0 and OFREP provider 0.0.2", () => {
  readsFlags(java, { details: true, keyMissing: "INVALID_CONTEXT", date: "PARSE_ERROR" });
});

describe("Rust's SDK 0.3.0 and OFREP provider 0.1.2", () => {
  // It calls everything static, and has no metadata.
  readsFlags(rust, { details: false, keyMissing: "INVALID_CONTEXT", date: null });
});
