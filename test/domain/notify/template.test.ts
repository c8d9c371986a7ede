import { describe, expect, test } from "@jest/globals";
import { fillTemplate, PLACEHOLDERS, templateProblems } from "../../../src/domain/notify/template.ts";

const nothing = Object.fromEntries(PLACEHOLDERS.map((name) => [name, null])) as Record<
  (typeof PLACEHOLDERS)[number],
  null
>;

describe("a template", () => {
  test("is filled in with what is known", () => {
    const text = "{{title}}: {{ alert }} ({{tier}}) {{alert}}";
    expect(templateProblems(text)).toEqual([]);
    expect(fillTemplate(text, { ...nothing, title: "Shop", alert: "$&" })).toBe("Shop: $& (–) $&");
  });

  test("whose braces are none of a placeholder stays as it is", () => {
    expect(fillTemplate("{{constructor}} {x}", nothing)).toBe("{{constructor}} {x}");
  });

  test.each([
    ["", "is empty: leave it out for the built-in text", null],
    [`${"x".repeat(501)}`, "has more than 500 characters", null],
    ["{{ alrt }}", "there is no placeholder {{alrt}}", "alrt"],
    ["{{}}", "there is no placeholder {{}}", ""],
    ["{{alert}", "braces that do not fit: write placeholders as {{alert}}", null],
  ])("%j is refused", (text, message, placeholder) => {
    expect(templateProblems(text)).toEqual([{ message, placeholder }]);
  });
});
