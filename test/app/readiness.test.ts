import { describe, expect, it } from "@jest/globals";
import { Policies } from "../../src/app/policies.ts";
import type { Logger } from "../../src/app/ports.ts";
import { Readiness } from "../../src/app/readiness.ts";
import { RollguardError } from "../../src/domain/errors.ts";
import { policyOf } from "../support/policies.ts";

const full = new RollguardError("store_unavailable", "the disk is full");

function readinessOf(ping: (application?: string) => Promise<void>, every = 0) {
  const log: string[] = [];
  const logger: Logger = {
    debug() {},
    info: (_, message) => log.push(`info: ${message}`),
    warn: (_, message) => log.push(`warn: ${message}`),
    error() {},
  };
  const policies = new Policies([policyOf({}), policyOf({ application: "bank" })]);
  return { log, readiness: new Readiness({ policies, store: { ping }, logger, every }) };
}

describe("readiness", () => {
  it("asks the store for every application", async () => {
    const asked: unknown[] = [];
    const { readiness, log } = readinessOf(async (application) => void asked.push(application));
    await readiness.check();
    expect(asked).toHaveLength(2);
    expect(asked).toContain("shop");
    expect(log).toEqual([]);
  });

  it("tells why not, and in the log once; and that it is over", async () => {
    let isFull = true;
    const { readiness, log } = readinessOf(async (application) => {
      if (isFull && application === "shop") throw full;
    });
    for (let time = 0; time < 3; time++) await expect(readiness.check()).rejects.toBe(full);
    isFull = false;
    for (let time = 0; time < 3; time++) await readiness.check();
    isFull = true;
    await expect(readiness.check()).rejects.toBe(full);
    expect(log).toEqual([
      "warn: not ready: no rollback can be committed",
      "info: ready again: rollbacks can be committed",
      "warn: not ready: no rollback can be committed",
    ]);
  });

  it("asks for many at once, and answers nobody with what was known before they asked", async () => {
    let tries = 0;
    let goOn = (): void => undefined;
    const { readiness } = readinessOf(async (application) => {
      if (application !== "shop") return;
      tries += 1;
      if (tries === 1)
        await new Promise<void>((resolve) => {
          goOn = resolve;
        });
      else throw full;
    });
    const first = readiness.check();
    // Lets it begin.
    await new Promise(setImmediate);
    const later = Array.from({ length: 50 }, () => readiness.check());
    goOn();
    await first;
    for (const outcome of await Promise.allSettled(later))
      expect(outcome).toMatchObject({ status: "rejected", reason: full });
    expect(tries).toBe(2);
  });

  it("tries no more often than it may, however often it is asked", async () => {
    let tries = 0;
    const { readiness } = readinessOf(async (application) => {
      if (application === "shop") tries += 1;
    }, 600_000);
    await readiness.check();
    void readiness.check();
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate);
    expect(tries).toBe(1);
  });
});
