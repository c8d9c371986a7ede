import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "@jest/globals";
import { z } from "zod";
import { createJsonApi } from "../../../src/adapters/json-api/json-api.ts";
import { Stopper } from "../../support/stopper.ts";
import {
  answering,
  breaking,
  failureOf,
  json,
  type OddServer,
  type Step,
  startOddServer,
} from "./odd-server.ts";

const schema = z.object({ value: z.number() });
const GOOD = json({ value: 7 });

let running = new Stopper();
afterEach(async () => {
  await running.stop();
  running = new Stopper();
});

function serve(step: Step): Promise<OddServer> {
  return running.start(startOddServer(step));
}

function get(url: string): Promise<{ value: number }> {
  return createJsonApi({ name: "Prometheus", url, attempts: 1 }).get("/api/v1/x", [], schema);
}

describe("user and password", () => {
  test("go as basic authorization, decoded", async () => {
    const server = await serve(GOOD);
    await get(server.url.replace("//", "//m%C3%A5x:p%40ss%3Aword@"));
    const sent = server.seen[0]?.authorization?.replace("Basic ", "") ?? "";
    expect(Buffer.from(sent, "base64").toString()).toBe("måx:p@ss:word");
  });

  test("may have a % that encodes nothing", async () => {
    const server = await serve(GOOD);
    await get(server.url.replace("//", "//max:100%25%@"));
    expect(server.seen[0]?.authorization).toMatch(/^Basic /);
  });

  const failing: readonly (readonly [string, Step])[] = [
    ["refuses them", json({ status: "error", error: "bad credentials" }, 401)],
    ["breaks", breaking],
    ["redirects", answering(302, "", { location: "/login" })],
    ["answers no JSON", answering(200, "<html>")],
    ["answers something else", json({})],
  ];
  test.each(failing)("are in no error when the server %s", async (_, step) => {
    const server = await serve(step);
    const url = server.url.replace("//", "//max:s3cr3t@");
    const error = await failureOf(get(url));
    const told = `${error.message}${error.stack}${inspect(error, { depth: 9, showHidden: true })}`;
    expect(told).not.toContain("s3cr3t");
    expect(told).not.toContain(Buffer.from("max:s3cr3t").toString("base64"));
  });

  test("are in no error about an address that is none", () => {
    const attempt = (): unknown => createJsonApi({ name: "Prometheus", url: "http://max:s3cr3t@:x/" });
    expect(attempt).toThrow("the address of Prometheus is no URL");
    try {
      attempt();
    } catch (error) {
      expect(inspect(error, { showHidden: true })).not.toContain("s3cr3t");
    }
  });
});
