import { afterAll, beforeEach, describe, expect, it } from "@jest/globals";
import type { PreflightReport } from "../../src/app/preflight.ts";
import type { Policy } from "../../src/domain/policy.ts";
import { Stopper } from "../support/stopper.ts";
import { type CliServer, type CliServerOptions, policiesFrom, startCliServer } from "./cli-server.ts";
import { check } from "./rollback-shop.ts";
import { ROLLOUT_SHOP } from "./rollout-shop.ts";
import type { RunOptions } from "./run.ts";
import { BANK } from "./shop.ts";

const running = new Stopper();
afterAll(() => running.stop());

async function serverWith(options: Partial<CliServerOptions> = {}): Promise<CliServer> {
  return await running.start(startCliServer({ policies: await policiesFrom(ROLLOUT_SHOP), ...options }));
}

const TERMINAL = { columns: () => 100, rows: () => 40 };

/** Somebody at a terminal, who answers every question so. */
function answering(answer: string): RunOptions & { questions: string[] } {
  const questions: string[] = [];
  return {
    questions,
    terminal: TERMINAL,
    environment: { NO_COLOR: "1", LANG: "C.UTF-8" },
    ask: async (question) => {
      questions.push(question);
      return answer;
    },
  };
}

const BROKEN: PreflightReport = {
  ok: false,
  checks: [
    { name: "policy", status: "pass", detail: "in force", fix: null },
    { name: "notifications", status: "warn", detail: "email not configured", fix: "set SMTP_URL" },
    { name: "prometheus", status: "fail", detail: "does not answer\x1b[2J", fix: "start it" },
  ],
};

const posts = ({ requests }: CliServer): string[] => requests.filter((request) => request.startsWith("POST"));

describe("deploy", () => {
  let server: CliServer;

  beforeEach(async () => {
    server = await serverWith();
  });

  it("starts the policy's plan, in the user's name, and tells what it changed", async () => {
    expect(await server.run(["deploy", "--reason", "release 12"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `\
shop: steady deployed by ada: release 12
  10 % of traffic, revision 1
  stage 1 of 3 "A few": running, bakes 1h
  1 flag:
    checkout  off -> 10 %
  rollguard status --watch shows how it goes on
`,
    });
    const { rollout } = JSON.parse((await server.run(["status", "--json"])).stdout).applications[0];
    expect(rollout).toMatchObject({ plan: "steady", state: "running", startedBy: "ada" });
  });

  it("takes the words of the command line to the server", async () => {
    const argv = ["--strategy", "custom", "--steps", "0, 5,50", "--wait", "10m", "--error-threshold", "3.5"];
    const { code, stdout } = await server.run(["deploy", ...argv, "--json"]);
    expect(code).toBe(0);
    expect(JSON.parse(stdout).rollout).toMatchObject({
      plan: "custom",
      stages: [{ traffic: 0, bakeSeconds: 600 }, { traffic: 5 }, { traffic: 50 }],
      thresholds: { errors: 3.5 },
    });
    const other = await serverWith();
    await other.run(["deploy", "--target-percentage", "30", "--wait", "90", "--latency-threshold", "300"]);
    const { stdout: shown } = await other.run(["status", "--json"]);
    expect(JSON.parse(shown).applications[0].rollout).toMatchObject({
      stages: [
        { traffic: 10, bakeSeconds: 90 },
        { traffic: 30, bakeSeconds: 90 },
      ],
      thresholds: { latency: 300 },
    });
  });

  it.each([
    [["--steps", "0,ten"], '--steps: "ten" is no number; expected a list such as 0,10,50,100'],
    [["--steps", ""], '--steps: "" is no number'],
    [["--wait", "soon"], '--wait: "soon" is neither seconds nor a duration such as 10m or 1h30m'],
    [["--wait", "30m1h"], "--wait"],
    [["--target-percentage", "50%"], '--target-percentage: "50%" is no number'],
    [["--error-threshold", "NaN"], '--error-threshold: "NaN" is no number'],
    [["--latency-threshold", "1e3"], '--latency-threshold: "1e3" is no number'],
    [["--revision", "-1"], "'--revision' argument is ambiguous"],
    [["--revision", "x"], "--revision: expected a whole number"],
    [["--plan", "steady", "--strategy", "custom"], "--plan and --strategy are the same"],
    [["steady"], "Unexpected argument 'steady'"],
  ])("is called wrongly with %j: nothing is sent", async (argv, told) => {
    const ran = await server.run(["deploy", ...argv]);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain(told);
    expect(server.requests).toEqual([]);
  });

  it("leaves what makes sense to the server, and repeats what that says", async () => {
    const calls = [
      ["--plan", "steadi"],
      ["--steps", "50,10", "--wait", "60"],
      ["--plan", "custom", "--steps=-5,10", "--wait=0"],
      ["--target-percentage", "150"],
    ];
    const told: string[] = [];
    for (const argv of calls) {
      const { code, stdout, stderr } = await server.run(["deploy", ...argv]);
      expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
      told.push(stderr);
    }
    expect(told).toEqual([
      'rollguard deploy: plan: there is no plan "steadi"; there are: steady, at-once, custom\n',
      "rollguard deploy: steps: they go down from 50 to 10; a rollout only goes up\n",
      expect.stringMatching(
        /^rollguard deploy: wait: 0 s is no bake: .*\n {2}steps: -5 is no percentage.*\n$/,
      ),
      expect.stringMatching(/^rollguard deploy: targetPercentage: 150 is no percentage.*\n$/),
    ]);
  });

  it("is refused while another one runs, and when it has seen another revision", async () => {
    await server.run(["deploy", "--yes"]);
    const again = await server.run(["deploy", "--yes"]);
    expect(again).toMatchObject({ code: 1, stdout: "" });
    expect(again.stderr).toMatch(
      /^rollguard deploy: rollout ro-1-\w+ \(steady\) is running: abort it, or wait/,
    );
    const { stderr } = await server.run(["pause", "--revision", "7"]);
    expect(stderr).toMatch(/^rollguard pause: the application is at revision 1, not 7 any more/);
    expect(await server.run(["pause", "--revision", "1"])).toMatchObject({ code: 0 });
  });

  it("of a dangerous plan asks, or needs --yes", async () => {
    const elsewhere = await server.run(["deploy", "--plan", "at-once"]);
    expect(elsewhere).toMatchObject({ code: 2, stdout: "" });
    expect(elsewhere.stderr).toContain(
      "deploy at-once to shop: this is dangerous, and there is no terminal to ask at: say --yes; nothing was sent",
    );
    const unsure = answering("y");
    expect(await server.run(["deploy", "--plan", "at-once"], unsure)).toMatchObject({
      code: 1,
      stderr: "rollguard deploy: not confirmed: nothing was done\n",
    });
    expect(unsure.questions).toEqual(["Type yes to deploy at-once to shop: "]);
    expect(await server.run(["deploy", "--plan", "at-once", "--yes"])).toMatchObject({ code: 0 });
  });

  it("says with what quarantined flags are raised", async () => {
    await server.run(["deploy"]);
    const alert = { status: "firing", labels: { alertname: "ErrorsSpike", application: "shop" } };
    const post = async (status: string): Promise<void> => {
      const body = JSON.stringify({ version: "4", alerts: [{ ...alert, status }] });
      expect((await fetch(`${server.url}/api/v1/alerts`, { method: "POST", body })).status).toBe(200);
    };
    await post("firing");
    expect((await server.run(["deploy"])).stderr).toMatch(/rollback rb-2-\w+ is open/);
    await post("resolved");
    const [policy] = await policiesFrom(ROLLOUT_SHOP);
    await check(server, policy as Policy, ["good", "good", "good"]);
    for (const argv of [["deploy"], ["deploy", "--yes"]]) {
      const { code, stderr } = await server.run(argv);
      expect(code).toBe(1);
      expect(stderr).toBe(
        "rollguard deploy: checkout: in quarantine since a rollback; acknowledge that, and give a reason, to raise them: add --acknowledge --reason TEXT\n",
      );
    }
    const { code } = await server.run(["deploy", "--acknowledge", "--reason", "mended"]);
    expect(code).toBe(0);
  });
});

describe("deploy in production", () => {
  let server: CliServer;

  beforeEach(async () => {
    server = await serverWith({ production: true });
  });

  it("shows the schedule and asks at a terminal", async () => {
    const sure = answering(" yes\r");
    const { code, stdout } = await server.run(["deploy"], sure);
    expect(sure.questions).toEqual(["Type yes to deploy steady to shop (production): "]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^shop: steady, 3 stages, 11h in all\n/);
    expect(stdout).toContain("\nshop: steady deployed by ada\n");
    expect(stdout).not.toContain("\x1b");
  });

  it.each(["", "no", "y", "YES", "yes please"])("takes %j for a no", async (answer) => {
    const { code, stderr } = await server.run(["deploy"], answering(answer));
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: "rollguard deploy: not confirmed: nothing was done\n",
    });
    expect((await server.run(["events"])).stderr).toBe("shop: no events behind number 0\n");
  });

  it("needs --yes elsewhere, and with --json", async () => {
    for (const [argv, options] of [
      [["deploy"], {}],
      [["deploy", "--json"], answering("yes")],
    ] as const) {
      const ran = await server.run(argv, options);
      expect(ran).toMatchObject({ code: 2, stdout: "" });
      expect(ran.stderr).toContain(
        "this is production, and there is no terminal to ask at: say --yes; nothing was sent",
      );
    }
    expect(posts(server)).toEqual([]);
    expect(await server.run(["deploy", "--yes"])).toMatchObject({ code: 0 });
  });

  it("of a dangerous plan needs --yes-i-am-sure, whoever sits there", async () => {
    const asked = answering("yes");
    const ran = await server.run(["deploy", "--plan", "at-once"], asked);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("say --yes-i-am-sure; nothing was sent");
    expect(asked.questions).toEqual([]);
    const { code, stderr } = await server.run(["deploy", "--plan", "at-once", "--yes"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^rollguard deploy: confirm: .*: say --yes-i-am-sure\n$/);
    expect(await server.run(["deploy", "--plan", "at-once", "--yes-i-am-sure"])).toMatchObject({ code: 0 });
  });
});

describe("deploy --dry-run", () => {
  it("shows the whole schedule and changes nothing", async () => {
    const server = await serverWith({ production: true });
    expect(await server.run(["deploy", "--dry-run"])).toMatchObject({
      code: 0,
      stderr: "",
      stdout: `\
shop: steady, 3 stages, 11h in all
begun now, and all green, it ends 2026-11-20T14:00:00Z

stage 1 "A few": 10 % of traffic
  2026-11-20T03:00:00Z to 2026-11-20T04:00:00Z; bakes 1h, looked at every 10m
  gate standard:
    errors   green < 1    red > 5    every check of the bake
    latency  green < 200  never red  the average of the bake
  1 flag changes:
    checkout  off -> 10 %

stage 2 "Half": 50 % of traffic
  2026-11-20T04:00:00Z to 2026-11-20T06:00:00Z; bakes 2h, looked at every 10m
  gate standard, as in stage 1
  then it waits for an operator: rollguard approve
  2 flags change:
    checkout  10 % -> 50 %
    cache     off -> 50 %

stage 3 "All": 100 % of traffic
  2026-11-20T06:00:00Z to 2026-11-20T14:00:00Z; bakes 8h, looked at every 1h
  gate standard, as in stage 1
  2 flags change:
    checkout  50 % -> 100 %
    cache     50 % -> 100 %

preflight of shop: 0/0

dry run, nothing changed: it could start now
`,
    });
    const { stdout } = await server.run(["deploy", "--dry-run", "--json"]);
    expect(JSON.parse(stdout)).toMatchObject({ reason: "dry_run", plan: "steady", dangerous: false });
    expect((await server.run(["events"])).stdout).toBe("");
  });

  it("fails when it could not start, and says why", async () => {
    const server = await serverWith();
    await server.run(["deploy"]);
    const { code, stdout } = await server.run(["deploy", "--dry-run"]);
    expect(code).toBe(1);
    expect(stdout).toMatch(
      /\ndry run, nothing changed: it could not start now: rollout ro-1-\w+ .* is running/,
    );
    expect(await server.run(["deploy", "--dry-run", "--plan", "none"])).toMatchObject({
      code: 1,
      stdout: "",
    });
  });
});

describe("preflight", () => {
  const TOLD = `preflight of shop: 2/3, 1 of them with a warning; 1 fails: nothing is deployed until that is mended
  pass  policy         in force
  warn  notifications  email not configured
                       set SMTP_URL
  fail  prometheus     does not answer[2J
                       start it
`;

  it("tells each check, and what to do", async () => {
    const server = await serverWith({ preflight: BROKEN });
    expect(await server.run(["preflight"])).toMatchObject({ code: 1, stdout: TOLD, stderr: "" });
    const { code, stdout } = await server.run(["preflight", "--json"]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({ application: "shop", ...BROKEN });
    const coloured = await server.run(["preflight"], { environment: { FORCE_COLOR: "1" } });
    expect(coloured.stdout).toContain("  \x1b[31mfail\x1b[0m  prometheus     does not answer[2J\n");
  });

  it("is fine with warnings only", async () => {
    const checks = BROKEN.checks.filter(({ status }) => status !== "fail");
    const server = await serverWith({ preflight: { ok: true, checks } });
    const { code, stdout } = await server.run(["preflight"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^preflight of shop: 2\/2, 1 of them with a warning\n/);
  });

  it("keeps a deploy from starting, asked or not", async () => {
    const server = await serverWith({ preflight: BROKEN });
    const refused = { code: 1, stdout: "", stderr: `rollguard deploy: ${TOLD}` };
    expect(await server.run(["deploy"])).toMatchObject(refused);
    expect(await server.run(["deploy", "--yes"])).toMatchObject(refused);
    const { code, stdout } = await server.run(["deploy", "--dry-run"]);
    expect(code).toBe(1);
    expect(stdout).toContain(TOLD);
    expect(stdout).toMatch(/it could not start now: preflight fails\n$/);
  });
});

it("which application is to be said when there are several", async () => {
  const server = await serverWith({ policies: await policiesFrom(ROLLOUT_SHOP, BANK) });
  for (const command of ["deploy", "preflight", "pause", "events"]) {
    const ran = await server.run([command]);
    expect(ran).toMatchObject({ code: 2, stdout: "" });
    expect(ran.stderr).toContain("say which with --application: shop, bank");
  }
  expect(await server.run(["deploy", "--application", "shop"])).toMatchObject({ code: 0 });
  expect((await server.run(["pause", "--application", "pub"])).stderr).toContain('no application "pub"');
});
