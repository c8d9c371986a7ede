import { expect, test } from "@jest/globals";
import { parseRetryAfter } from "../../../../src/adapters/notify/http/retry-after.ts";

const NOW = Date.UTC(2026, 2, 14, 10, 15);

test.each([
  [undefined, null],
  ["", null],
  ["0", 0],
  [" 30 ", 30_000],
  ["Sat, 14 Mar 2026 10:17:00 GMT", 120_000],
  // The two older forms that HTTP still allows.
  ["Saturday, 14-Mar-26 10:17:00 GMT", 120_000],
  ["Sat Mar 14 10:17:00 2026 GMT", 120_000],
  ["Sat, 14 Mar 2026 10:00:00 GMT", 0],
  ["999999999999999999999", 86_400_000],
  ["Sat, 14 Mar 2099 10:00:00 GMT", 86_400_000],
  ["-5", null],
  ["1.5", null],
  ["soon", null],
  ["Soon, 99 Foo 2026 10:17:00 GMT", null],
])("a Retry-After of %j asks for %j ms", (header, expected) => {
  expect(parseRetryAfter(header, NOW)).toBe(expected);
});
