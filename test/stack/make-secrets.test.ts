import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseTokens } from "../../src/config/tokens.ts";
import { readCompose } from "../support/compose-file.ts";
import { type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";

const SCRIPT = join("scripts", "make-secrets");

let directory: TemporaryDirectory;

beforeEach(async () => {
  directory = await temporaryDirectory("secrets");
});

afterEach(() => directory.remove());

function makeSecrets(): string {
  return execFileSync(SCRIPT, [directory.path], { encoding: "utf8" });
}

function secret(name: string): string {
  return readFileSync(join(directory.path, "secrets", name), "utf8");
}

function modeOf(...path: string[]): string {
  return (statSync(join(directory.path, ...path)).mode & 0o777).toString(8);
}

test("makes every secret that the stack mounts, for nobody else to read", () => {
  makeSecrets();
  const made = readdirSync(join(directory.path, "secrets"));
  for (const { file } of Object.values(readCompose("docker-compose.yml").secrets)) {
    expect(made).toContain(file.replace("./secrets/", ""));
  }
  expect(modeOf("secrets")).toBe("700");
  for (const name of made) expect([name, modeOf("secrets", name)]).toEqual([name, "600"]);
});

test("makes each of them anew", () => {
  makeSecrets();
  const names = ["rollguard_webhook_token", "grafana_admin_password", "viewer_token", "operator_token"];
  const made = names.map(secret);
  for (const text of made) expect(text).toMatch(/^[0-9a-f]{64}\n$/);
  expect(new Set(made).size).toBe(names.length);
});

test("gives Rollguard the hashes of the tokens that people get", () => {
  makeSecrets();
  const { entries, problems } = parseTokens(secret("rollguard_tokens"));
  expect(problems).toEqual([]);
  const hash = (name: string): string => createHash("sha256").update(secret(name).trim()).digest("hex");
  expect(entries).toEqual([
    { role: "viewer", name: "viewer", sha256: hash("viewer_token") },
    { role: "operator", name: "operator", sha256: hash("operator_token") },
  ]);
});

test("names what only people know, and leaves it empty", () => {
  const said = makeSecrets();
  for (const name of ["slack_webhook_url", "pagerduty_routing_key", "smtp_password"]) {
    expect(secret(name)).toBe("");
    expect(said).toContain(`secrets/${name} is empty`);
  }
});

test("overwrites nothing", () => {
  makeSecrets();
  const before = secret("rollguard_webhook_token");
  writeFileSync(join(directory.path, "secrets", "slack_webhook_url"), "https://hooks.example/1\n");
  const said = makeSecrets();
  expect(secret("rollguard_webhook_token")).toBe(before);
  expect(secret("slack_webhook_url")).toBe("https://hooks.example/1\n");
  expect(said).toContain("kept secrets/rollguard_webhook_token");
  expect(said).not.toContain("slack_webhook_url is empty");
});

test("tells compose whose the secrets are, and never that it is root", () => {
  writeFileSync(join(directory.path, ".env"), "OTHER=1");
  makeSecrets();
  makeSecrets();
  const [, uid] =
    /^OTHER=1\nROLLGUARD_UID=(\d+)\n$/.exec(readFileSync(join(directory.path, ".env"), "utf8")) ?? [];
  expect(Number(uid)).toBeGreaterThan(0);
  expect(statSync(join(directory.path, "secrets", "rollguard_tokens")).uid).toBe(Number(uid));
});

test("git never sees them", () => {
  const ignored = execFileSync("git", ["check-ignore", "secrets/rollguard_tokens", ".env"], {
    encoding: "utf8",
  });
  expect(ignored).toBe("secrets/rollguard_tokens\n.env\n");
});
