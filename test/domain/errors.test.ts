import { expect, it } from "@jest/globals";
import { RollguardError } from "../../src/domain/errors.ts";

it("an error says what failed by a code, and why by its cause", () => {
  const cause = new Error("EACCES");
  const error = new RollguardError("store_unavailable", "the store is away", { cause });
  expect(error).toMatchObject({
    name: "RollguardError",
    code: "store_unavailable",
    message: "the store is away",
    cause,
  });
});
