import { describe, expect, test } from "@jest/globals";
import { html, safeAddress } from "../../src/app/html.ts";
import { HOSTILE_TEXTS } from "../support/sample-incidents.ts";

describe("the tag html", () => {
  test("escapes what is put in, for text and for attributes", () => {
    const text = `<b a="1" c='2'>&amp;`;
    expect(html`<p title="${text}">${text}</p>`.toString()).toBe(
      '<p title="&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;">&lt;b a=&quot;1&quot; c=&#39;2&#39;&gt;&amp;amp;</p>',
    );
  });

  test("leaves markup of its own as it is, and joins lists", () => {
    const items = ["a<", "b"].map((text) => html`<li>${text}</li>`);
    expect(html`<ul>${items}</ul>`.toString()).toBe("<ul><li>a&lt;</li><li>b</li></ul>");
  });

  test("leaves out what is not there, and no zero", () => {
    expect(html`${null}${undefined}${0}${[]}`.toString()).toBe("0");
  });

  test("what looks like its markup is text", () => {
    const like = { toString: () => "<script>" } as unknown as string;
    expect(html`${like as string}`.toString()).not.toContain("<script>");
  });

  test("drops what commands, and keeps ends of lines", () => {
    expect(html`${"a\r\nb\rc\td\u0000\u001b[31m\u202ee\ud800"}`.toString()).toBe("a\nb\nc\td[31me\ufffd");
    expect(html`${HOSTILE_TEXTS.turned}`.toString()).toBe("gnp.exe x ");
  });
});

describe("an address that is linked to", () => {
  test.each([
    ["https://grafana.example.com/d/1?a=1", "https://grafana.example.com/d/1?a=1"],
    ["http://localhost:9095", "http://localhost:9095/"],
    ["mailto:ada@example.org", "mailto:ada@example.org"],
    ["https://ada:secret@example.org/x", "https://example.org/x"],
    ["javascript:alert(1)", null],
    ["JAVASCRIPT:alert(1)", null],
    ["data:text/html,<script>", null],
    ["//example.org", null],
    ["/x", null],
    ["", null],
  ])("%s", (text, address) => {
    expect(safeAddress(text)).toBe(address);
  });
});
