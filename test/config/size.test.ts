import { describe, expect, it } from "@jest/globals";
import { parseSize } from "../../src/config/size.ts";

describe("a size", () => {
  it.each([
    ["1", 1],
    ["1048576", 1_048_576],
    ["7 B", 7],
    ["500kB", 500_000],
    ["8 MB", 8_000_000],
    ["64 KiB", 65_536],
    ["32 MiB", 33_554_432],
    ["1GiB", 1_073_741_824],
  ])("%s", (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each([
    "",
    "0",
    "0 MiB",
    "-1",
    "1.5 MB",
    "MiB",
    "1 mb",
    "1  MB",
    "1 TB",
    "1 constructor",
    "9".repeat(20),
  ])("%j is none", (text) => {
    expect(parseSize(text)).toBeUndefined();
  });
});
