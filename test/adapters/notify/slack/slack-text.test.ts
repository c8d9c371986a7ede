import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { code, inert, plain } from "../../../../src/adapters/notify/slack/slack-text.ts";
import { HOSTILE_TEXTS } from "../../../support/sample-incidents.ts";
import { walks } from "../../../support/walks.ts";

describe("a text from outside", () => {
  test("mentions nobody and links nowhere", () => {
    expect(plain("<!channel> & <https://evil.example|x>", 100)).toBe(
      "&lt;!channel&gt; &amp; &lt;https://evil.example|x&gt;",
    );
  });

  test("stays on one line, without what commands a terminal or turns the direction around", () => {
    expect(plain(HOSTILE_TEXTS.control, 100)).toBe("line Bcc: a@evil.example[31mred next");
    expect(plain(HOSTILE_TEXTS.turned, 100)).toBe("gnp.exe x");
  });

  test("is cut between two code points", () => {
    expect(plain("🔥🔥🔥🔥", 6)).toBe("🔥🔥…");
    expect(plain("🔥🔥🔥🔥", 5)).toBe("🔥🔥…");
    expect(plain("abcd", 4)).toBe("abcd");
    expect(plain("half \ud83d", 10)).toBe("half");
  });

  test("is never cut within an entity", () => {
    expect(plain("<<<", 9)).toBe("&lt;&lt;…");
    expect(plain("<<<", 8)).toBe("&lt;…");
  });

  test("cannot close the code that it is in", () => {
    expect(code("a `b` ```c```", 100)).toBe("`a ˋbˋ ˋˋˋcˋˋˋ`");
    expect(code("\n", 100)).toBe("`–`");
  });

  test("formats nothing, and names of flags stay as they are", () => {
    expect(inert("*bold* _it_ ~no~ `code`", 100)).toBe("∗bold∗ ˍitˍ ∼no∼ ˋcodeˋ");
    expect(inert("phase_4_deployment is 2 * 3 a`b", 100)).toBe("phase_4_deployment is 2 * 3 aˋb");
  });

  test("keeps to its length, whatever it is", () => {
    const text = fc.string({ unit: "binary", maxLength: 200 });
    const most = fc.integer({ min: 3, max: 120 });
    fc.assert(
      fc.property(text, most, (value, max) => {
        for (const write of [plain, inert, code]) {
          const written = write(value, max);
          expect(written.length).toBeLessThanOrEqual(max);
          expect(written).not.toMatch(/[<>\n\r\p{Cs}]|&(?!(amp|lt|gt);)/u);
        }
        expect(code(value, max)).toMatch(/^`[^`]+`$/);
      }),
      walks(100),
    );
  });
});
