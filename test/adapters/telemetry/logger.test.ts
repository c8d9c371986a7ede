import { describe, expect, it } from "@jest/globals";
import { neverThrowing } from "../../../src/adapters/telemetry/logger.ts";

describe("a logger", () => {
  it("never throws, whatever is behind it", () => {
    const told: string[] = [];
    const failing = (_fields: object, message: string): never => {
      told.push(message);
      throw new Error("ENOSPC");
    };
    const logger = neverThrowing({ debug: failing, info: failing, warn: failing, error: failing });
    for (const level of ["debug", "info", "warn", "error"] as const) logger[level]({}, level);
    expect(told).toEqual(["debug", "info", "warn", "error"]);
  });
});
