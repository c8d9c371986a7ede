import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { alertTo, ROLLBACK_SHOP } from "./rollback-shop.ts";
import { BANK } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;
let directory: string;

beforeEach(async () => {
  const policies: readonly Policy[] = await policiesFrom(ROLLBACK_SHOP);
  server = await running.start(startCliServer({ policies }));
  directory = await mkdtemp(join(tmpdir(), "rollguard-report-"));
  running.add(() => rm(directory, { recursive: true, force: true }));
});

const report = (...argv: readonly string[]) => server.run(["report", ...argv]);

describe("report", () => {
  it("writes Markdown to standard output", async () => {
    await alertTo(server, "ErrorsSpike");
    const { code, stdout, stderr } = await report("incident");
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(
      /^# shop: rollback rb-1-\w+, safe-state, because of ErrorsSpike\n\n\*\*Status: VERIFYING\*\*/,
    );
    expect(stdout).toContain("| `checkout` | 100 % | off | **in quarantine** |");
    expect(stdout).toContain("The pictures are in the HTML report");
  });

  it("asks for what was said", async () => {
    await alertTo(server, "ErrorsSpike");
    const { stdout } = await report("incident", "--format", "json");
    const { id } = JSON.parse(stdout).rollback;
    server.requests.length = 0;
    expect((await report("incident", "--rollback", id, "--format", "html")).stdout).toMatch(
      /^<!doctype html>/,
    );
    await report("stage", "--stage", "2", "--application", "shop");
    await report("day", "--day", "3", "--application", "shop");
    expect(server.requests.filter((request) => request.includes("/reports/"))).toEqual([
      `GET /api/v1/applications/shop/reports/incident?rollback=${id}`,
      "GET /api/v1/applications/shop/reports/stage?stage=2",
      "GET /api/v1/applications/shop/reports/day?day=3",
    ]);
  });

  it("writes a file whose ending says the format, and none over another one", async () => {
    const file = join(directory, "today.html");
    const { code, stdout } = await report("daily", "--out", file);
    expect({ code, stdout }).toEqual({ code: 0, stdout: `daily report of shop written to ${file}\n` });
    expect(await readFile(file, "utf8")).toMatch(/^<!doctype html>/);
    const again = await report("daily", "--out", file, "--format", "json");
    expect(again).toMatchObject({ code: 1, stderr: expect.stringContaining("exists already") });
    expect((await report("daily", "--out", file, "--format", "json", "--force")).code).toBe(0);
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ kind: "daily" });
  });

  it("writes into a directory under its own name, with the pictures beside it", async () => {
    const { code, stdout } = await report("daily", "--out", `${directory}/new/`);
    const name = "daily-2026-11-20";
    expect({ code, stdout: stdout.split("\n") }).toEqual({
      code: 0,
      stdout: [".md", ".html"]
        .map((ending) => `daily report of shop written to ${directory}/new/${name}${ending}`)
        .concat(""),
    });
    const files = (await readdir(`${directory}/new`)).sort();
    expect(files).toEqual([`${name}.html`, `${name}.md`, `${name}.traffic.svg`]);
    expect(await readFile(`${directory}/new/${name}.md`, "utf8")).toContain(`](${name}.traffic.svg)`);
    // All of them or none.
    await rm(`${directory}/new/${name}.html`);
    expect(await report("daily", "--out", `${directory}/new`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining(`${name}.traffic.svg exists already`),
    });
    expect(await readdir(`${directory}/new`)).toHaveLength(2);
    await report("daily", "--out", `${directory}/new`, "--force", "--format", "json");
    expect(await readdir(`${directory}/new`)).toContain(`${name}.json`);
  });

  it("fails where it cannot write", async () => {
    await writeFile(join(directory, "file"), "");
    const { code, stderr } = await report("daily", "--out", join(directory, "file/"));
    expect(code).toBe(1);
    expect(stderr).toContain("cannot be written");
    await mkdir(join(directory, "taken.md"));
    // A directory of that name is one.
    expect((await report("daily", "--out", join(directory, "taken.md"))).code).toBe(0);
  });

  it.each([
    [["stage"], "there has been no rollout yet"],
    [["final"], "there has been no rollout yet"],
    [["incident"], "there has been no rollback yet"],
    [
      ["incident", "--rollback", "rb-9-x"],
      "rollback rb-9-x is not remembered: rollguard rollbacks lists those that are",
    ],
  ])("%j fails, and says what there is", async (argv, told) => {
    expect(await report(...argv)).toMatchObject({
      code: 1,
      stdout: "",
      stderr: expect.stringContaining(told),
    });
  });

  it.each([
    [[], "expected one of stage, day, final, incident, daily"],
    [["weekly"], "expected one of stage, day, final, incident, daily"],
    [["daily", "more"], "too many arguments"],
    [["daily", "--stage", "1"], "--stage is not for a daily report"],
    [["stage", "--rollback", "rb-1-x"], "--rollback is not for a stage report"],
    [["stage", "--stage", "none"], "--stage: expected a whole number from 1"],
    [["day", "--day", "0"], "--day: expected a whole number from 1"],
    [["incident", "--rollback", ""], "--rollback: which one?"],
    [["daily", "--format", "pdf"], '--format: expected md, html or json, not "pdf"'],
    [["daily", "--out", "report"], '--out: "report" ends with no .md, .html or .json'],
    [["daily", "--force"], "--force is for --out FILE"],
  ])("called with %j does nothing", async (argv, told) => {
    expect(await report(...argv)).toMatchObject({
      code: 2,
      stdout: "",
      stderr: expect.stringContaining(told),
    });
    expect(server.requests).toEqual([]);
  });

  it("wants to know which application, where there are several", async () => {
    const two = await running.start(startCliServer({ policies: await policiesFrom(ROLLBACK_SHOP, BANK) }));
    expect(await two.run(["report", "daily"])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("--application"),
    });
    expect((await two.run(["report", "daily", "--application", "bank"])).stdout).toMatch(/^# /);
  });
});
