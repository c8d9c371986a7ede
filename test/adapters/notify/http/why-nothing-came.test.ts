import { expect, test } from "@jest/globals";
import { whyNothingCame } from "../../../../src/adapters/notify/http/why-nothing-came.ts";

test("of a name with several addresses every reason is told once", () => {
  const reasons = [
    "connect ECONNREFUSED ::1:80",
    "connect ETIMEDOUT 10.0.0.1:80",
    "connect ECONNREFUSED ::1:80",
  ];
  const error = new AggregateError(reasons.map((reason) => new Error(reason)));
  expect(whyNothingCame(error)).toBe(
    "does not answer: connect ECONNREFUSED ::1:80, connect ETIMEDOUT 10.0.0.1:80",
  );
});
