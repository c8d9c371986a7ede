import { describe, expect, it } from "@jest/globals";
import { parseCorsOrigins } from "../../src/config/cors-origins.ts";

describe("the origins whose pages may evaluate flags", () => {
  it.each([
    ["*", "*"],
    ["https://app.example", new Set(["https://app.example"])],
    [
      " https://app.example:8443 ,, http://localhost:3000 ",
      new Set(["https://app.example:8443", "http://localhost:3000"]),
    ],
  ])("are a list, or everybody: %s", (text, origins) => {
    expect(parseCorsOrigins(text)).toEqual({ origins, problems: [] });
  });

  it.each([
    ["https://app.example/", "did you mean https://app.example?"],
    ["https://app.example:443", "did you mean https://app.example?"],
    ["HTTPS://App.example", "did you mean https://app.example?"],
    ["https://app.example/shop?x=1", "did you mean https://app.example?"],
    ["https://ada:secret@app.example", "no user"],
    ["app.example", "is no origin"],
    ["https://", "is no origin"],
    ["https://*.app.example", "no patterns"],
    ["null", "is no origin"],
    ["file:///tmp/page.html", "is no origin"],
    ["*, https://app.example", "goes alone"],
    [",", "there is no origin"],
  ])("%s: %s", (text, problem) => {
    const { problems } = parseCorsOrigins(text);
    expect(problems.join()).toContain(problem);
    expect(problems.join()).not.toContain("secret");
    expect(problems).toHaveLength(1);
  });
});
