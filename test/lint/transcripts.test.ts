import { describe, expect, it } from "@jest/globals";
import { type Io, lines } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/run-cli.ts";
import { expectGolden } from "../cli/golden.ts";
import { run } from "../cli/run.ts";

const directory = "test/golden/lint";

describe("the transcript of lint", () => {
  const cases: Record<string, string[]> = {
    "ten-mistakes": [`${directory}/ten-mistakes.yaml`],
    "team-rules": [`${directory}/team.rules.yml`],
    routing: [`${directory}/alertmanager.yml`, `${directory}/team.rules.yml`],
    prometheus: [`${directory}/prometheus.yml`],
    github: [`${directory}/prometheus.yml`, `${directory}/ten-mistakes.yaml`, "--format", "github"],
    json: [`${directory}/prometheus.yml`, "--format", "json"],
  };
  for (const [name, argv] of Object.entries(cases))
    it(`is as in ${name}.txt`, async () => {
      const { transcript, code } = await run(["lint", "--no-promtool", ...argv]);
      expectGolden(`lint/${name}`, transcript);
      expect(code).toBe(1);
    });
});

describe("lint", () => {
  it("has nothing against the policy of Genesis", async () => {
    expect(await run(["lint", "rules/genesis.yaml"])).toMatchObject({
      code: 0,
      stdout: "no problems: genesis\n",
      stderr: "",
    });
  });

  it("is called wrongly with an unknown format", async () => {
    expect(await run(["lint", "--format", "xml"])).toMatchObject({ code: 2 });
    expect(await run(["lint", "--json", "--format", "text"])).toMatchObject({ code: 2 });
  });

  it("is coloured on a terminal that wants colours, and nowhere else", async () => {
    const coloured = async (io: Partial<Io>): Promise<boolean> => {
      let told = "";
      await runCli(["lint", `${directory}/prometheus.yml`], {
        stdout: () => undefined,
        stderr: (text) => {
          told += text;
        },
        environment: {},
        untilStopped: async () => "SIGTERM",
        onHangup: () => undefined,
        ...io,
      });
      expect(told).toContain(lines("").trim());
      return told.includes("\x1b[31m");
    };
    expect(await coloured({})).toBe(false);
    expect(await coloured({ isTty: true })).toBe(true);
    expect(await coloured({ isTty: true, environment: { NO_COLOR: "1" } })).toBe(false);
  });
});
