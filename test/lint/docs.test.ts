import { readFileSync } from "node:fs";
import { expect, it } from "@jest/globals";
import { CHECK_NAMES } from "../../src/config/lint/check-names.ts";

it("every check has its line in docs/lint.md, and every line its check", () => {
  const documented = [...readFileSync("docs/lint.md", "utf8").matchAll(/^\| `([a-z]+\/[a-z-]+)` +\|/gm)].map(
    ([, name]) => name,
  );
  expect(documented.sort()).toEqual([...CHECK_NAMES].sort());
});
