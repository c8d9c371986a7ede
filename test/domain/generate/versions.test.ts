import { describe, expect, it } from "@jest/globals";
import {
  DEFAULT_ALERTMANAGER_VERSION,
  DEFAULT_PROMETHEUS_VERSION,
  DEFAULT_TARGET,
  isAtLeast,
  parseVersion,
} from "../../../src/domain/generate/versions.ts";

describe("a server's version", () => {
  it.each([
    ["3.5.0", { major: 3, minor: 5 }],
    ["v0.28.1", { major: 0, minor: 28 }],
    ["2.42", { major: 2, minor: 42 }],
    ["2.42.0+ds", { major: 2, minor: 42 }],
    ["3.0.0-rc.1", { major: 3, minor: 0 }],
    ["3", undefined],
    ["", undefined],
    ["new", undefined],
    ["3.5.0.1", undefined],
  ])("%s", (text, version) => expect(parseVersion(text)).toEqual(version));

  it("is compared by number", () => {
    const version = { major: 2, minor: 42 };
    expect([
      isAtLeast(version, 2, 42),
      isAtLeast(version, 2, 9),
      isAtLeast(version, 1, 99),
      isAtLeast(version, 2, 43),
      isAtLeast(version, 3, 0),
    ]).toEqual([true, true, true, false, false]);
  });

  it("is by default what the stack pins", () => {
    expect({
      prometheus: parseVersion(DEFAULT_PROMETHEUS_VERSION),
      alertmanager: parseVersion(DEFAULT_ALERTMANAGER_VERSION),
    }).toEqual(DEFAULT_TARGET);
  });
});
