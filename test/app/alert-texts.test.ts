import { expect, test } from "@jest/globals";
import { textsIn } from "../../src/app/alert-texts.ts";

test("what an alert says of itself", () => {
  const annotations = {
    summary: "Errors",
    description: "3 %",
    runbook_url: "https://a.example/r",
    dashboard_url: "https://a.example/d",
  };
  expect(textsIn(annotations)).toEqual({
    texts: {
      summary: "Errors",
      description: "3 %",
      runbookUrl: "https://a.example/r",
      dashboardUrl: "https://a.example/d",
    },
  });
});

test("a long text is cut, and a link is a web address", () => {
  const { texts } = textsIn({
    message: `${"x".repeat(998)}😀😀`,
    runbook_url: "javascript:alert(1)",
    dashboard_url: "https://",
  });
  expect(texts).toMatchObject({ summary: null, runbookUrl: null, dashboardUrl: null });
  expect(texts?.description).toBe(`${"x".repeat(998)}…`);
});

test.each([
  [undefined],
  [null],
  [7],
  [[]],
  [{}],
  [{ summary: 7, description: " " }],
  [{ __proto__: { summary: "x" } }],
])("%j says nothing", (annotations) => {
  expect(textsIn(annotations)).toEqual({});
});
