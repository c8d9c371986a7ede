import { expect, it } from "@jest/globals";
import { listed } from "../../src/domain/listed.ts";

it("lists what fits, and counts the rest", () => {
  expect(listed(["a", "b", "c"], 3)).toBe("a, b, c");
  expect(listed(["a", "b", "c"], 1)).toBe("a and 2 more");
});
