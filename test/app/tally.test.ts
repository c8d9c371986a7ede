import { afterEach, describe, expect, it } from "@jest/globals";
import type { AlertOutcome } from "../../src/app/alert-outcome.ts";
import { Tally } from "../../src/app/tally.ts";
import type { Command } from "../../src/domain/command.ts";
import { until } from "../support/until.ts";

const NOW = 1_790_000_000_000;

let submitted: [application: string, commands: readonly Command[]][] = [];
let logged: string[] = [];
let isAway = false;

function tallyOf(): Tally {
  submitted = [];
  logged = [];
  isAway = false;
  const say = (_: object, message: string): void => void logged.push(message);
  return new Tally({
    lanes: {
      submit: async (application, commands) => {
        if (isAway) throw new Error("the store is away");
        submitted.push([application, commands]);
        return [];
      },
    },
    logger: { debug: say, info: say, warn: say, error: say },
  });
}

function outcome(more: Partial<AlertOutcome> = {}): AlertOutcome {
  return {
    fingerprint: "f",
    alert: "Slow",
    application: "shop",
    reason: "duplicate",
    tier: "phase",
    rollback: "rb-1",
    revision: null,
    ...more,
  };
}

describe("the tally of what changed nothing", () => {
  let tally: Tally | undefined;
  afterEach(() => tally?.stop());

  it("is kept for each application, and nothing else is", async () => {
    tally = tallyOf();
    tally.count(
      [
        outcome(),
        outcome({ fingerprint: "g" }),
        outcome({ application: "bank", reason: "cooldown" }),
        outcome({ reason: "rolled_back", revision: 7 }),
        outcome({ application: "pub", reason: "unknown_application" }),
        outcome({ application: null, reason: "unknown_application" }),
      ],
      NOW,
    );
    expect(submitted).toEqual([]);
    await tally.flush();
    const kept = { alert: "Slow", tier: "phase", rollback: "rb-1", firstAt: NOW, lastAt: NOW };
    expect(submitted).toEqual([
      ["shop", [{ type: "tally", unchanged: [{ ...kept, reason: "duplicate", times: 2 }] }]],
      ["bank", [{ type: "tally", unchanged: [{ ...kept, reason: "cooldown", times: 1 }] }]],
    ]);
    await tally.flush();
    expect(submitted).toHaveLength(2);
  });

  it("is not lost while the store is away, which is said once", async () => {
    tally = tallyOf();
    isAway = true;
    tally.count([outcome()], NOW);
    await tally.flush();
    tally.count([outcome()], NOW + 1);
    await tally.flush();
    expect(logged).toHaveLength(1);
    isAway = false;
    await tally.flush();
    expect(submitted).toMatchObject([
      ["shop", [{ unchanged: [{ times: 2, firstAt: NOW, lastAt: NOW + 1 }] }]],
    ]);
  });

  it("is kept every few seconds, and at the end", async () => {
    tally = tallyOf();
    tally.start();
    tally.count([outcome()], NOW);
    await until(
      "it is kept by itself",
      () => submitted.length,
      (length) => length > 0,
    );
    tally.count([outcome()], NOW);
    await tally.stop();
    expect(submitted).toHaveLength(2);
  });
});
