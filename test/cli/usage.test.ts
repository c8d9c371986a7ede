import { describe, expect, it } from "@jest/globals";
import { expectGolden } from "./golden.ts";
import { run } from "./run.ts";

const COMMANDS = [
  "serve",
  "status",
  "rollback",
  "rollbacks",
  "acknowledge",
  "shutdown",
  "explain",
  "replay",
  "deploy",
  "preflight",
  "pause",
  "resume",
  "approve",
  "abort",
  "retry",
  "events",
  "report",
  "outbox",
  "store",
  "flags",
  "lint",
  "import",
  "generate",
];

async function transcripts(...commands: string[][]): Promise<string> {
  const texts: string[] = [];
  for (const argv of commands) texts.push((await run(argv)).transcript);
  return texts.join("\n");
}

describe("help", () => {
  it("of everything", async () => {
    expectGolden("help", await transcripts(["--help"]));
  });

  it("is the same by any name", async () => {
    const { code, stdout, stderr } = await run(["--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(await run(["-h"])).toMatchObject({ code, stdout, stderr });
    expect(await run(["help"])).toMatchObject({ code, stdout, stderr });
  });

  it.each(COMMANDS)("of %s", async (command) => {
    expectGolden(`help-${command}`, await transcripts([command, "--help"]));
    const { stdout } = await run([command, "--help"]);
    expect(await run([command, "anything", "-h"])).toMatchObject({ code: 0, stdout, stderr: "" });
  });

  it("fits a terminal of 120 columns", async () => {
    for (const argv of [[], ...COMMANDS.map((command) => [command])]) {
      const { stdout } = await run([...argv, "--help"]);
      expect(stdout.split("\n").filter((line) => line.length > 120)).toEqual([]);
    }
  });
});

describe("a wrong call", () => {
  it("is told from a failure by its exit code, and says what to do on standard error", async () => {
    const calls = [
      ["bogus"],
      ["serve", "now"],
      ["serve", "--port", "80"],
      ["status", "shop"],
      ["status", "--application"],
      ["flags"],
      ["flags", "set", "cache"],
      ["flags", "get"],
      ["flags", "get", "a", "b"],
      ["flags", "list", "cache"],
      ["flags", "list", "--reason", "none"],
      ["flags", "restore"],
      ["rollback"],
      ["rollback", "--flag", "cache"],
      ["rollback", "--stage", "--emergency", "--reason", "both"],
      ["rollbacks", "show"],
      ["acknowledge"],
      ["acknowledge", "rb-1"],
      ["shutdown", "maybe"],
      ["shutdown", "on"],
      ["replay"],
      ["deploy", "hybrid"],
      ["deploy", "--wait", "soon"],
      ["retry"],
      ["pause", "--revision", "last"],
      ["events", "--limit", "0"],
      ["outbox", "show"],
      ["outbox", "list", "1-0"],
      ["outbox", "retry"],
      ["outbox", "retry", "1-0", "--yes"],
      ["lint", "--fix"],
    ];
    expectGolden("usage", await transcripts(...calls));
    for (const argv of calls) expect(await run(argv)).toMatchObject({ code: 2, stdout: "" });
  });

  it("without a command shows the help as an error", async () => {
    const { stdout } = await run(["--help"]);
    expect(await run([])).toMatchObject({ code: 2, stdout: "", stderr: stdout });
  });

  it("with settings that are wrong tells all of them", async () => {
    const environment = { ROLLGUARD_LISTEN: "0.0.0.0:80", LOG_LEVEL: "loud", ROLLGUARD_DATTA: "x" };
    const { transcript } = await run(["serve"], { environment });
    expectGolden("settings", transcript);
    for (const argv of [["serve"], ["status"], ["flags", "list"]])
      expect(await run(argv, { environment })).toMatchObject({ code: 2, stdout: "" });
  });
});

it("the version is a number alone", async () => {
  const { stdout } = await run(["--version"]);
  expect(stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  expect(await run(["-V"])).toMatchObject({ code: 0, stdout, stderr: "" });
});
