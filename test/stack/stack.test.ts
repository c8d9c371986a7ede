import { readdirSync } from "node:fs";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { startTypeScript } from "../support/compiled.ts";
import { type RunningProcess, type TemporaryDirectory, temporaryDirectory } from "../support/process.ts";
import { until } from "../support/until.ts";

// `npm run stack` as a newcomer uses it: start, break, watch, Ctrl-C. The steps build on each other.
let directory: TemporaryDirectory;
let stack: RunningProcess;

beforeAll(async () => {
  directory = await temporaryDirectory("stack-test");
  stack = await startTypeScript({
    name: "stack",
    file: new URL("../../scripts/stack.ts", import.meta.url),
    args: ["--quick", "--store", "embedded"],
    env: { TMPDIR: directory.path },
  });
});

afterAll(async () => {
  await stack?.stop();
  await directory?.remove();
});

async function said(pattern: RegExp): Promise<RegExpExecArray> {
  const output = await until(`output like ${pattern}`, stack.output, (text) => pattern.test(text), {
    within: 60_000,
    onFailure: stack.report,
  });
  return pattern.exec(output) as RegExpExecArray;
}

async function urlOf(server: string): Promise<string> {
  return (await said(new RegExp(`^ {2}${server} +(http://\\S+)`, "m")))[1] as string;
}

test("tells where everything is, and it is there", async () => {
  await said(/Ctrl-C stops everything/);
  for (const server of ["Rollguard", "Prometheus", "Alertmanager"]) {
    expect((await fetch(`${await urlOf(server)}/-/ready`)).status).toBe(200);
  }
  const metrics = await (await fetch(await urlOf("Sample app"))).text();
  expect(metrics).toContain("genesis_requests_total");
}, 90_000);

test("the command that it prints breaks the application, and the rollback is told", async () => {
  const [, url = "", body = ""] = await said(/curl -X POST (\S+) -d '(\{"tests".*?\})'/);
  const answer = await fetch(url, { method: "POST", body });
  expect(await answer.text()).toBe("broken: tests 90\n");
  await said(/Rollguard: rolled_back TestPassRateCritical \(phase\), traffic 60 % → 30 %, \d+ flags changed/);
  await said(/Slack would show: \[FIRING\] genesis: TestPassRateCritical/);
}, 90_000);

test.each(["", "[]", "{}", '{"errors": "5"}', '{"nix": 5}', '{"errors": -1}'])(
  "what is no fault breaks nothing: %s",
  async (body) => {
    const [, url = ""] = await said(/curl -X POST (\S+)/);
    const answer = await fetch(url, { method: "POST", body });
    expect([answer.status, await answer.text()]).toEqual([400, expect.stringContaining("POST {")]);
  },
);

test("Ctrl-C stops all of it and leaves nothing behind", async () => {
  const urls = [await urlOf("Rollguard"), await urlOf("Prometheus"), await urlOf("Alertmanager")];
  process.kill(stack.pid, "SIGINT");
  expect(await stack.ended).toEqual({ code: 0, signal: null });
  await said(/nothing is left behind/);
  for (const url of urls) await expect(fetch(url)).rejects.toThrow("fetch failed");
  expect(readdirSync(directory.path)).toEqual([]);
});
