import { expect, test } from "@jest/globals";
import { Recent } from "../../../src/adapters/notify/recent.ts";

test("remembers what was added last, and forgets the oldest", () => {
  const recent = new Recent();
  for (let key = 0; key <= 10_000; key++) recent.add(String(key));
  expect(["0", "1", "10000", "10001"].map((key) => recent.has(key))).toEqual([false, true, true, false]);
});
