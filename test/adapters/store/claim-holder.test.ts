import { spawnSync } from "node:child_process";
import { expect, test } from "@jest/globals";
import { isHolderGone, newToken } from "../../../src/adapters/store/embedded/claim-holder.ts";

test("we are there", () => {
  expect(isHolderGone(newToken())).toBe(false);
  expect(newToken()).not.toBe(newToken());
});

test("who had our number before us has died", () => {
  expect(isHolderGone(`${process.pid}/somebody-else/claim`)).toBe(true);
});

test("a process that has ended has died, one that runs has not", () => {
  const { pid } = spawnSync(process.execPath, ["--version"]);
  expect(isHolderGone(`${pid}/it/claim`)).toBe(true);
  expect(isHolderGone(`${process.ppid}/it/claim`)).toBe(false);
});

test("of an older token nobody knows", () => {
  expect(isHolderGone("2b1c0d5e-0000-4000-8000-000000000000")).toBe(false);
});
