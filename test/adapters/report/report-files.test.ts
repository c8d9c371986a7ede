import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { ReportFiles } from "../../../src/adapters/report/report-files.ts";
import { reportsFor } from "../../../src/adapters/report/reports-for.ts";
import { type Delivery, DeliveryError } from "../../../src/app/notify/notifier.ts";
import { RollguardError } from "../../../src/domain/errors.ts";
import type { Message } from "../../../src/domain/message.ts";
import { GenesisStory } from "../../app/report/genesis-story.ts";
import type { Reporting } from "../../app/report/reporting.ts";
import { justRolledBack } from "../../support/sample-incidents.ts";

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "rollguard-reports-"));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const never = new AbortController().signal;

function filesOf(app: Reporting, place = directory): ReportFiles {
  return new ReportFiles({
    directory: place,
    makeReport: (_, request) => app.report(request),
    clock: { now: () => app.app.now },
  });
}

const MESSAGE: Message = {
  subject: "ro-1-x",
  kind: "promoted",
  at: 0,
  tier: null,
  alert: null,
  flags: [],
  rollout: null,
  detail: null,
  page: false,
  channel: "report",
};

function deliveryOf(...messages: Partial<Message>[]): Delivery {
  const [first = {}, ...others] = messages;
  return {
    id: "genesis/1-0",
    messages: [{ ...MESSAGE, ...first }, ...others.map((each) => ({ ...MESSAGE, ...each }))],
    incident: justRolledBack(),
    receipt: null,
    attempt: 1,
  };
}

const rolloutOf = (more: Partial<NonNullable<Message["rollout"]>>): NonNullable<Message["rollout"]> => ({
  id: "ro-1-x",
  plan: "hybrid",
  stage: 2,
  stages: 6,
  name: "",
  status: "running",
  ...more,
});

describe("a message calls for", () => {
  const incident = { kind: "incident", rollback: "rb-7-x" };
  const stage = (number: number) => ({ kind: "stage", rollout: "ro-1-x", stage: number });
  const final = { kind: "final", rollout: "ro-1-x" };

  test.each([
    [
      "a rollback's report, whenever it moves",
      { subject: "rb-7-x", kind: "rolled_back", tier: "phase" },
      [incident],
    ],
    ["it again when it has ended", { subject: "rb-7-x", kind: "ended", tier: "phase" }, [incident]],
    ["it again when it is acknowledged long after", { subject: "rb-7-x", kind: "acknowledged" }, [incident]],
    ["the stage that was left", { kind: "promoted", rollout: rolloutOf({}) }, [stage(1)]],
    ["nothing of a stage that was only entered", { kind: "promoted", rollout: rolloutOf({ stage: 1 }) }, []],
    ["nothing when it is held", { kind: "held", rollout: rolloutOf({ status: "holding" }) }, []],
    [
      "the last stage and all of it",
      { kind: "completed", rollout: rolloutOf({ stage: 6, status: "completed" }) },
      [stage(6), final],
    ],
    [
      "the same when it was aborted",
      { kind: "aborted", rollout: rolloutOf({ status: "aborted" }) },
      [stage(2), final],
    ],
    [
      "all three when a rollback ended a rollout",
      {
        subject: "rb-7-x",
        kind: "rolled_back",
        tier: "safe-state",
        rollout: rolloutOf({ status: "rolled_back" }),
      },
      [incident, stage(2), final],
    ],
    ["nothing of an alert that was kept back", { subject: "alert-X", kind: "ended", tier: "flag" }, []],
    ["nothing of the storm breaker", { subject: "storm", kind: "storm_breaker", tier: "phase" }, []],
  ] as const)("%s", (_, message, requests) => {
    expect(reportsFor({ ...MESSAGE, ...message } as Message)).toEqual(requests);
  });
});

describe("report files", () => {
  test("are written as Markdown with its pictures, and as a page, each time in place", async () => {
    const app = new GenesisStory().rollsBack();
    const files = filesOf(app);
    const rolledBack = { subject: app.rollback, kind: "rolled_back", tier: "safe-state" } as const;
    expect(await files.deliver(deliveryOf(rolledBack), never)).toBeNull();
    const name = `incident-2026-11-21-${app.rollback}`;
    const written = await readdir(join(directory, "genesis"));
    expect(written.sort()).toEqual(
      ["error_rate.svg", "html", "md", "p95_latency.svg", "traffic.svg"].map((ending) => `${name}.${ending}`),
    );
    const path = join(directory, "genesis", `${name}.md`);
    const first = await readFile(path, "utf8");
    expect(first).toContain("**Status: VERIFYING**");
    for (const [, picture = ""] of first.matchAll(/!\[[^\]]*\]\(([^)]*)\)/g))
      expect(written).toContain(picture);
    app.app.verify();
    await files.deliver(deliveryOf({ ...rolledBack, kind: "verified" }), never);
    expect(await readFile(path, "utf8")).toContain("**Status: VERIFIED**");
    expect(await readdir(join(directory, "genesis"))).toHaveLength(5);
  });

  test("of messages that piled up are written once each", async () => {
    const app = new GenesisStory().whole();
    const { id } = app.app.state.rollout ?? { id: "" };
    const rollout = rolloutOf({ id, stage: 3, status: "rolled_back" });
    const message = { subject: app.rollback, kind: "rolled_back", tier: "safe-state", rollout } as const;
    let made = 0;
    const files = new ReportFiles({
      directory,
      makeReport: (_, request) => {
        made++;
        return app.report(request);
      },
      clock: { now: () => app.app.now },
    });
    await files.deliver(
      deliveryOf(message, { ...message, kind: "escalated" }, { ...message, kind: "ended", rollout: null }),
      never,
    );
    expect(made).toBe(3);
    const pages = (await readdir(join(directory, "genesis"))).filter((name) => name.endsWith(".html"));
    expect(pages.sort()).toEqual([
      `final-${id}.html`,
      `incident-2026-11-21-${app.rollback}.html`,
      `stage-${id}-3.html`,
    ]);
  });

  test("of days are written under their own names", async () => {
    const app = new GenesisStory().whole();
    const files = filesOf(app);
    const id = app.app.state.rollout?.id ?? "";
    expect(await files.writeDaily("genesis", "2026-11-21")).toBe(
      join(directory, "genesis", "daily-2026-11-21.md"),
    );
    expect(await files.writeDay("genesis", id, 1)).toBe(join(directory, "genesis", `day-${id}-1.md`));
    expect(await files.writeDay("genesis", id, 3)).toBeNull();
    expect(await files.writeDay("genesis", "ro-9-gone", 1)).toBeNull();
  });

  test("of what nobody remembers any more are left out: it is delivered all the same", async () => {
    const files = filesOf(new GenesisStory().firstStage());
    expect(
      await files.deliver(deliveryOf({ subject: "rb-9-gone", kind: "ended", tier: "phase" }), never),
    ).toBeNull();
    expect(await readdir(directory)).toEqual([]);
  });

  test("stay inside their directory whatever the application is called", async () => {
    const files = filesOf(new GenesisStory().firstStage(), join(directory, "reports"));
    expect(await files.test(justRolledBack({ application: ".." }))).toBe(
      join(directory, "reports", "__", "test.txt"),
    );
  });

  test("are tested with a file that says that it is a test", async () => {
    const files = filesOf(new GenesisStory().firstStage());
    const path = await files.test(justRolledBack());
    expect(path).toBe(join(directory, "genesis", "test.txt"));
    expect(await readFile(path, "utf8")).toMatch(/^This is a test of Rollguard's reports/);
  });
});

describe("what cannot be written", () => {
  test("is tried again later, and says where", async () => {
    const taken = join(directory, "taken");
    await writeFile(taken, "");
    const failed = await filesOf(new GenesisStory().rollsBack(), taken)
      .test(justRolledBack())
      .catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DeliveryError);
    expect(failed).toMatchObject({
      kind: "unavailable",
      message: expect.stringMatching(
        /^reports: E\w+: .*taken.*; see that the directory in ROLLGUARD_REPORTS can be written to$/,
      ),
    });
  });

  test("leaves nothing unfinished behind", async () => {
    const app = new GenesisStory().whole();
    const files = filesOf(app);
    // A directory stands where the page is to be.
    const id = app.rollback;
    const message = { subject: id, kind: "ended", tier: "safe-state" } as const;
    await files.deliver(deliveryOf(message), never);
    const page = join(directory, "genesis", `incident-2026-11-21-${id}.html`);
    await rm(page);
    await mkdir(page);
    await expect(files.deliver(deliveryOf(message), never)).rejects.toThrow(/^reports: /);
    expect(
      (await readdir(join(directory, "genesis"))).filter((name) => name.endsWith(".unfinished")),
    ).toEqual([]);
  });

  test("because the store is away is said as that", async () => {
    const files = new ReportFiles({
      directory,
      makeReport: async () => {
        throw new RollguardError("store_unavailable", "Redis does not answer");
      },
      clock: { now: () => 0 },
    });
    const message = { subject: "rb-7-x", kind: "ended", tier: "phase" } as const;
    await expect(files.deliver(deliveryOf(message), never)).rejects.toThrow(
      /^reports: Redis does not answer$/,
    );
  });

  test("is not begun once Rollguard is stopping", async () => {
    const files = filesOf(new GenesisStory().rollsBack());
    const message = { subject: "rb-7-x", kind: "ended", tier: "phase" } as const;
    await expect(files.deliver(deliveryOf(message), AbortSignal.abort())).rejects.toThrow(
      "Rollguard is stopping",
    );
  });
});
