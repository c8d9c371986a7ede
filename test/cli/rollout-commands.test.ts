import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { digestOf } from "../../src/adapters/http/access.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;

beforeEach(async () => {
  server = await running.start(startCliServer({ policies: await policiesFrom(ROLLOUT_SHOP) }));
});

async function stateNow(): Promise<string> {
  return JSON.parse((await server.run(["status", "--json"])).stdout).applications[0].rollout.state;
}

describe("an operator", () => {
  beforeEach(async () => {
    expect(await server.run(["deploy"])).toMatchObject({ code: 0 });
  });

  it("pauses and resumes", async () => {
    expect(await server.run(["pause", "--reason", "lunch"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `\
shop: paused by ada: lunch
  10 % of traffic, revision 2
  stage 1 of 3 "A few": paused, bakes 1h
  traffic and flags stay as they are; triggers still roll back; rollguard resume goes on
`,
    });
    expect(await server.run(["pause"])).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringMatching(/^rollguard pause: rollout ro-1-\w+ is paused already\n$/),
    });
    expect(await stateNow()).toBe("paused");
    const resumed = await server.run(["resume", "--json"]);
    expect(JSON.parse(resumed.stdout)).toMatchObject({ reason: "resumed", rollout: { state: "running" } });
  });

  it("approves only what waits for it", async () => {
    expect(await server.run(["approve"])).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^rollguard approve: there is nothing to approve: rollout .* is running/),
    });
  });

  it("aborts, and is told that traffic stays and how to take it back", async () => {
    const { code, stdout } = await server.run(["abort", "--reason", "enough"]);
    expect(code).toBe(0);
    expect(stdout).toBe(`\
shop: aborted by ada: enough
  10 % of traffic, revision 2
  traffic stays at 10 %, and flags stay as they are
  take them back to what stood before the deploy: rollguard flags restore --reason TEXT
  or start again: rollguard retry --acknowledge --reason TEXT
`);
    expect((await server.run(["abort"])).stderr).toMatch(
      /there is nothing to abort: rollout \S+ is aborted\n$/,
    );
  });

  it("retries with an acknowledgement and a reason", async () => {
    await server.run(["abort"]);
    const sent = server.requests.length;
    for (const argv of [[], ["--acknowledge"], ["--reason", "mended"], ["--acknowledge", "--reason", " "]]) {
      const ran = await server.run(["retry", ...argv]);
      expect(ran).toMatchObject({ code: 2, stdout: "" });
      expect(ran.stderr).toContain("rollguard retry: it needs --acknowledge and --reason TEXT: ");
    }
    expect(server.requests).toHaveLength(sent);
    const { code, stdout } = await server.run(["retry", "--acknowledge", "--reason", "mended"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shop: steady retried as attempt 2 by ada: mended\n/);
  });

  it("tries without doing", async () => {
    expect(await server.run(["abort", "--dry-run"])).toMatchObject({
      code: 0,
      stdout: "shop: dry run, nothing changed. It would be: aborted by ada\n",
    });
    const refused = await server.run(["resume", "--dry-run"]);
    expect(refused.code).toBe(1);
    expect(refused.stdout).toMatch(/^shop: it would be refused: rollout \S+ is running, not paused\n$/);
    expect(JSON.parse((await server.run(["abort", "--dry-run", "--json"])).stdout)).toMatchObject({
      reason: "dry_run",
      would: { reason: "aborted" },
    });
    expect(await stateNow()).toBe("running");
  });
});

describe("the server that is asked", () => {
  it("is named when nobody answers", async () => {
    await server.leave();
    const { code, stdout, stderr } = await server.run(["pause"]);
    await server.comeBack();
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(
      /^rollguard pause: http:\/\/127\.0\.0\.1:\d+: .*; start it with rollguard serve, or set/,
    );
  });

  it.each(["127.0.0.1:9095", "ftp://example.org", "http://ada:secret@127.0.0.1:9095"])(
    "is at no address such as %s",
    async (url) => {
      const { code, stderr } = await server.run(["pause"], { environment: { ROLLGUARD_URL: url } });
      expect(code).toBe(2);
      expect(stderr).toMatch(/^rollguard pause: ROLLGUARD_URL: /);
      expect(stderr).not.toContain("secret");
    },
  );

  it("gets no name that is none, and knows a token's own", async () => {
    for (const user of ["ada lovelace", "ada\nevil: 1", ""]) {
      expect(await server.run(["deploy"], { user })).toMatchObject({ code: 0 });
      expect((await server.run(["abort"], { user })).stdout).toContain("aborted by operator\n");
    }
    const credentials = [{ role: "operator" as const, name: "grace", digest: digestOf("token") }];
    const policies = await policiesFrom(ROLLOUT_SHOP);
    const guarded = await running.start(startCliServer({ policies, credentials }));
    const denied = await guarded.run(["deploy"]);
    expect(denied).toMatchObject({ code: 1, stdout: "" });
    expect(denied.stderr).toMatch(/401 .*; set ROLLGUARD_TOKEN\n$/);
    const { stdout } = await guarded.run(["deploy"], {
      environment: { ROLLGUARD_URL: guarded.url, ROLLGUARD_TOKEN: "token" },
    });
    expect(stdout).toContain("steady deployed by grace\n");
  });
});

describe("an answer that is none of Rollguard's", () => {
  async function answering(listener: RequestListener): Promise<string> {
    const other = createServer(listener);
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    running.add(async () => {
      other.closeAllConnections();
      await new Promise((resolve) => other.close(resolve));
    });
    return `http://127.0.0.1:${(other.address() as AddressInfo).port}`;
  }
  const LIST = JSON.stringify({ applications: [{ application: "shop" }] });
  const pause = async (url: string): Promise<string> => {
    const { code, stdout, stderr } = await server.run(["pause"], { environment: { ROLLGUARD_URL: url } });
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    return stderr;
  };

  it("leaves open whether the command was done, when the connection breaks", async () => {
    const url = await answering((request, response) => {
      if (request.method === "GET")
        response.end(request.url?.endsWith("shop") ? '{"application":"shop"}' : LIST);
      else request.socket.destroy();
    });
    expect(await pause(url)).toMatch(
      /it may be done or not: look with rollguard status before you try again\n$/,
    );
  });

  it("is not followed elsewhere, where a command would arrive as something else", async () => {
    const url = await answering((_, response) => {
      response.writeHead(302, { Location: "https://example.org/\u009b" }).end();
    });
    expect(await pause(url)).toMatch(
      /: sends us to https:\/\/example\.org\/.*; set ROLLGUARD_URL to where it is\n$/,
    );
  });

  it("is told with its status, and commands no terminal", async () => {
    const url = await answering((_, response) => {
      response.writeHead(502, { "Content-Type": "application/json" });
      response.end(JSON.stringify({ detail: "\x1b[2Jbad\u009bgateway" }));
    });
    expect(await pause(url)).toMatch(/^rollguard pause: http\S+: 502 \[2Jbadgateway\n$/);
  });
});
