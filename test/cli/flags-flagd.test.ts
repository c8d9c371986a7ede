import { readFile } from "node:fs/promises";
import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, policiesFrom, startCliServer } from "./cli-server.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import { type Place, placeFor } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

let server: CliServer;
let place: Place;

async function serve(production = false): Promise<CliServer> {
  return await running.start(startCliServer({ policies: await policiesFrom(ROLLOUT_SHOP), production }));
}

beforeEach(async () => {
  server = await serve();
  place = await placeFor({ "shop.yaml": ROLLOUT_SHOP });
  running.add(place.remove);
});

const flag = (defaultVariant: string, more: object = {}): object => ({
  state: "ENABLED",
  variants: { on: true, off: false },
  defaultVariant,
  ...more,
});
const split = (on: number): object =>
  flag("off", {
    targeting: {
      fractional: [
        ["on", on],
        ["off", 100 - on],
      ],
    },
  });
const write = async (flags: unknown, name = "flagd.json"): Promise<string> =>
  await place.write(name, typeof flags === "string" ? flags : JSON.stringify({ flags }, null, 2));
const puts = (): number => server.requests.filter((request) => request.startsWith("PUT")).length;

describe("flags export", () => {
  it("writes what people meet now as flagd reads it", async () => {
    await server.run(["flags", "set", "cache", "--percentage", "12.5", "--reason", "canary"]);
    const { code, stdout } = await server.run(["flags", "export"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout)).toEqual({
      $schema: "https://flagd.dev/schema/v0/flags.json",
      metadata: { flagSetId: "shop", version: "1" },
      flags: {
        checkout: flag("off"),
        cache: flag("off", {
          targeting: {
            if: [
              { var: "targetingKey" },
              {
                fractional: [
                  { cat: [{ var: "$flagd.flagKey" }, ":", { var: "targetingKey" }] },
                  ["on", 1_250],
                  ["off", 8_750],
                ],
              },
              "off",
            ],
          },
        }),
        audit: flag("on"),
      },
    });
    expect(await server.run(["flags", "export", "--format", "flagd"])).toMatchObject({ stdout });
    const out = `${place.directory}/out.json`;
    expect(await server.run(["flags", "export", "--out", out])).toMatchObject({
      code: 0,
      stdout: `3 flags of shop at revision 1 written to ${out}\n`,
    });
    expect(await readFile(out, "utf8")).toBe(stdout);
    expect(await server.run(["flags", "export", "--out", out])).toMatchObject({ code: 1 });
  });

  it("writes our own form too", async () => {
    const { stdout } = await server.run(["flags", "export", "--format", "json"]);
    expect(JSON.parse(stdout)).toEqual(JSON.parse((await server.run(["flags", "list", "--json"])).stdout));
  });

  it.each([
    [["--format", "yaml"], '--format: expected flagd or json, not "yaml"'],
    [["--force"], "--force is for --out FILE"],
    [["shop"], "too many arguments"],
    [["--reason", "x"], "export takes no --reason"],
  ])("is called wrongly with %j", async (argv, told) => {
    const { code, stderr } = await server.run(["flags", "export", ...argv]);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});

describe("flags import", () => {
  const importing = (file: string, ...more: string[]): string[] => [
    "flags",
    "import",
    file,
    "--reason",
    "from flagd",
    ...more,
  ];

  it("sets what the file has in one commit, after showing it, and tells what it leaves out", async () => {
    const file = await write({
      checkout: split(20),
      cache: flag("on"),
      gone: flag("on"),
      "x\u001b": flag("on"),
    });
    const { code, stdout, stderr } = await server.run(importing(file));
    expect({ code, stderr }).toEqual({
      code: 0,
      stderr: "left out, since shop does not have them: gone, x\n",
    });
    expect(stdout).toBe(`\
shop: ${file} changes 2 flags
  checkout  off -> 20 %
  cache     off -> 100 %
shop: 2 flags set by ada: from flagd
  20 % of traffic, revision 1
`);
    expect(puts()).toBe(2);
    expect(await server.run(importing(file))).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("shop: 2 flags stand so already"),
    });
  });

  it("of what was exported changes nothing", async () => {
    await server.run(["flags", "set", "cache", "--percentage", "0.25", "--reason", "canary"]);
    const file = await write((await server.run(["flags", "export"])).stdout);
    expect((await server.run(importing(file))).stdout).toContain("3 flags stand so already");
  });

  it("keeps the percentage of what it turns off", async () => {
    await server.run(["flags", "set", "cache", "--percentage", "40", "--reason", "canary"]);
    const file = await write({ cache: flag("on", { state: "DISABLED" }) });
    expect((await server.run(importing(file))).stdout).toContain("  cache  40 % -> off (40 %)\n");
  });

  it("takes the YAML that flagd takes too, and tries it", async () => {
    const file = await write(
      "flags:\n  cache:\n    state: ENABLED\n    variants: { on: true, off: false }\n    defaultVariant: on\n",
      "flagd.yaml",
    );
    const dry = ["flags", "import", file, "--format", "flagd", "--dry-run"];
    expect((await server.run(dry)).stdout).toContain("    cache  off -> 100 %\n");
    expect(puts()).toBe(1);
    expect(JSON.parse((await server.run([...dry, "--json"])).stdout)).toMatchObject({ reason: "dry_run" });
  });

  it("asks in production where somebody would meet more", async () => {
    server = await serve(true);
    const up = await write({ cache: split(5) });
    expect(await server.run(importing(up))).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`import ${up} into the flags of shop: this is production`),
    });
    expect(await server.run(importing(up, "--yes"))).toMatchObject({ code: 0 });
    const down = await write({ cache: flag("off") });
    expect(await server.run(importing(down))).toMatchObject({ code: 0 });
  });

  it("turns nothing protected off by the way", async () => {
    const file = await write({ audit: flag("off"), cache: split(5) });
    const { code, stderr } = await server.run(importing(file, "--acknowledge"));
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rollguard flags: audit: protected, .*set it by itself/);
  });

  it("names the flag and the place of all that is no plain flag, and sends nothing", async () => {
    const file = await write(`{
  "flags": {
    "cache": { "state": "ENABLED", "variants": { "red": "#f00" }, "defaultVariant": "red" },
    "checkout": {
      "state": "ENABLED", "variants": { "on": true, "off": false }, "defaultVariant": "off",
      "targeting": { "if": [{ "ends_with": [{ "var": "email" }, "@shop.example"] }, "on", "off"] }
    }
  }
}`);
    const { code, stdout, stderr } = await server.run(importing(file));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toBe(
      `rollguard flags: ${file}:3:57: flags.cache.variants.red: expected true or false: only flags of booleans are read\n` +
        `${file}:6:20: flags.checkout.targeting: "if": rules are not read, only a split such as { fractional: [[on, 25], [off, 75]] }\n`,
    );
    expect(server.requests).toEqual([]);
  });

  it.each([
    ["{", /flagd\.json:1:2: /],
    ["[]", /flagd\.json:1:1: flags: expected flagd's flag definitions/],
    ['{"flags": {"__proto__": {"state": "ENABLED"}}}', /flagd\.json:1:12: "__proto__" cannot be a key/],
    ['{"flags": {"a": 1, "a": 2}}', /duplicate key "a"/],
    [" ".repeat(2 * 1024 ** 2 + 1), /is too large: 2097153 bytes/],
    [JSON.stringify({ flags: { gone: flag("on") } }), /flagd\.json: none of its flags is one of shop/],
  ])("is refused of no such file: %#", async (text, told) => {
    const { code, stdout, stderr } = await server.run(importing(await write(text)));
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(told);
    expect(puts()).toBe(0);
  });

  it.each([
    [["import"], "import: which file?"],
    [["import", "x.json"], "import needs --reason TEXT"],
    [["import", "x.json", "--format", "json"], '--format: only flagd is read, not "json"'],
    [["import", "x.json", "--out", "y"], "import takes no --out"],
  ])("is called wrongly with %j", async (argv, told) => {
    const { code, stderr } = await server.run(["flags", ...argv]);
    expect(code).toBe(2);
    expect(stderr).toContain(told);
  });
});
