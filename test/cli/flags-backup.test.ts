import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { temporaryDirectory } from "../support/process.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import { BANK, placeFor } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;
let file: string;

async function serve(production = false): Promise<CliServer> {
  return await running.start(startCliServer({ policies: await policiesFrom(ROLLOUT_SHOP), production }));
}

beforeEach(async () => {
  server = await serve();
  const directory = await temporaryDirectory("backup");
  running.add(directory.remove);
  file = join(directory.path, "backup.json");
});

const FLAGS = [
  { key: "checkout", enabled: false, rolloutPercentage: 0 },
  { key: "cache", enabled: false, rolloutPercentage: 0 },
  { key: "audit", enabled: true, rolloutPercentage: 100 },
];

describe("flags backup", () => {
  it("writes every flag, and overwrites no file that it was not told to", async () => {
    const { code, stdout } = await server.run(["flags", "backup"]);
    expect(code).toBe(0);
    const backup = { application: "shop", takenAt: "2026-11-20T03:00:00.000Z", revision: 0, flags: FLAGS };
    expect(JSON.parse(stdout)).toEqual(backup);
    expect(await server.run(["flags", "backup", "--out", file])).toMatchObject({
      code: 0,
      stdout: `3 flags of shop at revision 0 written to ${file}\n`,
    });
    expect(await readFile(file, "utf8")).toBe(stdout);
    await server.run(["deploy"]);
    expect(await server.run(["flags", "backup", "--out", file])).toMatchObject({
      code: 1,
      stderr: `rollguard flags: ${file} exists already: name another file, or say --force\n`,
    });
    expect(JSON.parse(await readFile(file, "utf8"))).toEqual(backup);
    expect(await server.run(["flags", "backup", "--out", file, "--force"])).toMatchObject({ code: 0 });
    expect(JSON.parse(await readFile(file, "utf8"))).toMatchObject({ revision: 1 });
    expect(await server.run(["flags", "backup", "--out", join(file, "x")])).toMatchObject({ code: 1 });
  });
});

describe("flags diff", () => {
  it("compares with the backup that the last deploy made", async () => {
    const none = await server.run(["flags", "diff"]);
    expect(none).toMatchObject({ code: 1, stdout: "" });
    expect(none.stderr).toMatch(/^rollguard flags: "shop" has no backup yet/);
    await server.run(["deploy"]);
    expect(await server.run(["flags", "diff"])).toMatchObject({
      code: 1,
      stderr: "",
      stdout: `\
shop: 1 flag differs from the backup of 2026-11-20T03:00:00Z at revision 0; then and now:
  checkout  off -> 10 %
`,
    });
    const { stdout } = await server.run(["flags", "diff", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({
      application: "shop",
      backup: 0,
      revision: 1,
      changed: [{ flag: "checkout", before: { enabled: false }, after: { rolloutPercentage: 10 } }],
      onlyInBackup: [],
      onlyNow: [],
    });
  });

  it("compares with a file, and tells what is on one side only", async () => {
    await server.run(["flags", "backup", "--out", file]);
    expect(await server.run(["flags", "diff", file])).toMatchObject({
      code: 0,
      stdout: "shop: every flag stands as in the backup of 2026-11-20T03:00:00Z at revision 0\n",
    });
    const place = await placeFor({});
    running.add(place.remove);
    const [checkout, , audit] = FLAGS;
    const flags = [
      checkout,
      { ...audit, enabled: false },
      { key: "gone\x1b", enabled: true, rolloutPercentage: 1 },
    ];
    const other = await place.write("other.json", JSON.stringify({ application: "shop", flags }));
    expect(await server.run(["flags", "diff", other])).toMatchObject({
      code: 1,
      stdout: `\
shop: 3 flags differ from the backup at revision 0; then and now:
  audit  off (100 %) -> 100 %
  gone  only in the backup
  cache  only now
`,
    });
  });

  it("does without a server", async () => {
    const place = await placeFor({ "shop.yaml": ROLLOUT_SHOP });
    running.add(place.remove);
    await server.run(["flags", "backup", "--out", file]);
    const { stderr } = await server.run(["flags", "diff", file], {
      environment: { ...place.environment, ROLLGUARD_URL: "" },
    });
    expect(stderr).toMatch(
      /^no server answers at http:\S+: read from the store itself\nrollguard flags: .*no data/,
    );
  });
});

describe("flags restore", () => {
  beforeEach(async () => {
    await server.run(["deploy"]);
    await server.run(["abort"]);
  });

  const restore = ["flags", "restore", "--reason", "back"];

  it("returns to what stood before the deploy, after showing it", async () => {
    expect(await server.run([...restore, "--dry-run"])).toMatchObject({
      code: 0,
      stdout: `\
shop: dry run, nothing changed. It would be: restored from a backup by ada: back
  1 flag:
    checkout  10 % -> off
`,
    });
    expect(await server.run(restore)).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `\
shop: the backup of 2026-11-20T03:00:00Z at revision 0 changes 1 flag
  checkout  10 % -> off
shop: restored from a backup by ada: back
  0 % of traffic, revision 3
`,
    });
    expect(await server.run(["flags", "diff"])).toMatchObject({ code: 0 });
    const again = await server.run(restore);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain("changes no flags");
    expect(again.stdout).toContain("every flag stands as in the backup already");
  });

  it("needs a reason, and a rollout that has ended", async () => {
    expect(await server.run(["flags", "restore"])).toMatchObject({ code: 2, stdout: "" });
    await server.run(["deploy"]);
    const refused = await server.run(restore);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(
      /^rollguard flags: rollout \S+ is active and sets these flags: abort it first\n$/,
    );
    expect(await server.run([...restore, "--dry-run"])).toMatchObject({ code: 1 });
  });

  it("asks in production, or needs --yes", async () => {
    const production = await serve(true);
    await production.run(["deploy", "--yes"]);
    await production.run(["abort"]);
    const elsewhere = await production.run(restore);
    expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
    expect(elsewhere.stderr).toContain("say --yes; nothing was sent");
    const questions: string[] = [];
    const answering = (answer: string) => ({
      terminal: { columns: () => 80, rows: () => 24 },
      ask: async (question: string): Promise<string> => {
        questions.push(question);
        return answer;
      },
    });
    expect(await production.run(restore, answering("no"))).toMatchObject({ code: 1 });
    expect(await production.run(["flags", "diff"])).toMatchObject({ code: 1 });
    expect(await production.run(restore, answering("yes"))).toMatchObject({ code: 0 });
    expect(questions).toEqual(Array(2).fill("Type yes to restore the flags of shop (production): "));
    expect(await production.run([...restore, "--yes"])).toMatchObject({ code: 0 });
  });

  it.each([
    ["{", /bad\.json:1:2: /],
    ['{\n  "flags": [}\n', /bad\.json:2:13: /],
    ["[]", /bad\.json:1:1: expected what rollguard flags backup writes\n$/],
    ['{"application": "shop"}', /bad\.json:1:1: flags: expected a list of flags\n$/],
    ['{"application": "shop",\n"flags": []}', /bad\.json:2:10: flags: there is no flag in it\n$/],
    [
      '{"application": "shop", "flags": [{"key": "a",\n"enabled": 1,\n"rolloutPercentage": 101}]}',
      /bad\.json:2:12: flags\[0\]\.enabled: expected true or false\n.*:3:22: flags\[0\]\.rolloutPercentage: expected a number from 0 to 100\n$/,
    ],
    [
      JSON.stringify({ application: "shop", flags: [FLAGS[0], FLAGS[0]] }),
      /bad\.json:1:\d+: flags\[1\]\.key: "checkout" is there twice\n$/,
    ],
    [JSON.stringify({ application: "bank", flags: FLAGS }), /: no application "bank"; there are: shop\n/],
  ])("names the place of what is wrong in a file: %s", async (text, told) => {
    const place = await placeFor({});
    running.add(place.remove);
    const path = await place.write("bad.json", text);
    const before = server.requests.filter((request) => request.startsWith("POST")).length;
    const ran = await server.run([...restore, path]);
    expect(ran.code).not.toBe(0);
    expect(ran.stderr).toMatch(told);
    expect(server.requests.filter((request) => request.startsWith("POST"))).toHaveLength(before);
  });

  it("takes the file's application, and no file of another one", async () => {
    const policies = await policiesFrom(ROLLOUT_SHOP, BANK);
    const both = await running.start(startCliServer({ policies }));
    await both.run(["flags", "backup", "--application", "shop", "--out", file]);
    expect(await both.run([...restore, file])).toMatchObject({ code: 0 });
    expect(await both.run([...restore, file, "--application", "bank"])).toMatchObject({
      code: 1,
      stderr: `rollguard flags: ${file} is a backup of "shop", not of "bank"\n`,
    });
    expect(await both.run([...restore, join(file, "none")])).toMatchObject({ code: 1 });
  });

  it.each([
    [["list", "--force"], "list takes no --force"],
    [["backup", "--force"], "--force is for --out FILE"],
    [["diff", "--reason", "x"], "diff takes no --reason"],
    [["backup", "file"], "too many arguments"],
    [["constructor"], "expected list, get KEY, set KEY, backup, diff, restore, export or import FILE"],
  ])("and the others are called wrongly with %j", async (argv, told) => {
    const { code, stderr } = await server.run(["flags", ...argv]);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});
