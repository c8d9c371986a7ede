import { describe, expect, it } from "@jest/globals";
import { compareSemVer, parseSemVer, type SemVer } from "../../src/domain/semver.ts";

/** Ascending, as semver.org has them. */
const ASCENDING = [
  "0.9.10",
  "1.0.0-0.3.7",
  "1.0.0-2",
  "1.0.0-11",
  "1.0.0-alpha",
  "1.0.0-alpha.1",
  "1.0.0-alpha.beta",
  "1.0.0-beta",
  "1.0.0-beta.2",
  "1.0.0-beta.11",
  "1.0.0-rc.1",
  "1.0.0",
  "1.2.0",
  "1.10.0",
  "2.0.0",
];

const version = (text: string): SemVer => parseSemVer(text) as SemVer;

describe("versions", () => {
  it("are compared as semver.org says", () => {
    for (const [i, a] of ASCENDING.entries())
      for (const [j, b] of ASCENDING.entries())
        expect(`${a} ${b} ${Math.sign(compareSemVer(version(a), version(b)))}`).toBe(
          `${a} ${b} ${Math.sign(i - j)}`,
        );
  });

  it("may leave out zeros, begin with v, and have a build, which counts for nothing", () => {
    for (const same of ["1", "1.0", "v1.0.0", "1.0.0+build.7"])
      expect(compareSemVer(version(same), version("1.0.0"))).toBe(0);
  });

  it("are nothing else", () => {
    for (const text of ["", "one", "1.2.3.4", "1..2", "-1", "1.0.0-", " 1.0.0", `1.0.0-${"a".repeat(300)}`])
      expect(parseSemVer(text)).toBeUndefined();
  });
});
