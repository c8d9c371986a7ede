import { PassThrough } from "node:stream";
import { describe, expect, it } from "@jest/globals";
import { askOn } from "../../src/cli/ask.ts";
import { readSse, type SseMessage } from "../../src/cli/sse.ts";
import { forPeople, json, printable, printableLines } from "../../src/cli/text/printable.ts";
import { bar, cutTo, PLAIN, styleOf, widthOf } from "../../src/cli/text/style.ts";
import { table } from "../../src/cli/text/table.ts";
import { clockTime, duration } from "../../src/cli/text/times.ts";

describe("texts from outside", () => {
  const evil = "a\x1b[31mb\r\nc\td\u009b2Je\u202ef\u2066\x7f\x00";

  it("stand on one line and command nothing", () => {
    expect(printable(evil)).toBe("a[31mb c d2Jef");
    expect(printableLines("one\x1b\n  two \n")).toEqual(["one", "  two", ""]);
    expect(printable("naïve → 吉 🚀")).toBe("naïve → 吉 🚀");
  });

  it("are cleaned wherever they stand in an answer, names of members too", () => {
    expect(forPeople({ list: [{ [evil]: evil }], number: 1, none: null, yes: true })).toEqual({
      list: [{ "a[31mb c d2Jef": "a[31mb c d2Jef" }],
      number: 1,
      none: null,
      yes: true,
    });
  });

  it("stay what they are in JSON, which commands nothing either", () => {
    for (const indent of [undefined, 2]) {
      const text = json({ evil, list: [] }, indent);
      expect(text).not.toMatch(/[^\P{Cc}\n]|[\u202e\u2066]/u);
      expect(JSON.parse(text)).toEqual({ evil, list: [] });
    }
  });
});

describe("colours", () => {
  const io = {
    stdout: () => undefined,
    stderr: () => undefined,
    untilStopped: async () => "",
    onHangup() {},
  };
  const terminal = { columns: () => 80, rows: () => 24 };

  it.each([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [true, { TERM: "dumb" }, false],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
    [false, { FORCE_COLOR: "1", NO_COLOR: "1" }, true],
  ])("on a terminal: %j, with %j: %j", (isTerminal, environment, coloured) => {
    const { paint } = styleOf({ ...io, environment, ...(isTerminal ? { terminal } : {}) });
    expect(paint.red("x")).toBe(coloured ? "\x1b[31mx\x1b[0m" : "x");
  });

  it.each([
    [{ LANG: "en_US.UTF-8" }, true],
    [{ LANG: "en_US.UTF-8", LC_ALL: "C" }, false],
    [{ LANG: "C", LC_CTYPE: "de_DE.utf8" }, true],
    [{}, false],
  ])("with %j more than ASCII: %j", (environment, unicode) => {
    expect(styleOf({ ...io, environment, terminal }).unicode).toBe(unicode);
    expect(styleOf({ ...io, environment }).unicode).toBe(false);
  });

  it("take no room, and end where a line is cut", () => {
    const line = "\x1b[1mbold\x1b[0m and \x1b[31mred\x1b[0m";
    expect(widthOf(line)).toBe(12);
    expect(cutTo(12, line)).toBe(line);
    expect(cutTo(10, line)).toBe("\x1b[1mbold\x1b[0m and \x1b[31mr\x1b[0m");
    expect(cutTo(6, line)).toBe("\x1b[1mbold\x1b[0m a");
    expect(
      table([
        ["\x1b[31ma\x1b[0m", "b"],
        ["ccc", ""],
      ]),
    ).toEqual(["\x1b[31ma\x1b[0m    b", "ccc"]);
  });

  it("a bar is never longer than it is", () => {
    expect([-1, 0, 0.5, 1, 2, Number.NaN].map((fraction) => bar(PLAIN, fraction, 4))).toEqual([
      "[----]",
      "[----]",
      "[##--]",
      "[####]",
      "[####]",
      "[----]",
    ]);
  });
});

describe("times", () => {
  it("have no more units than anybody counts", () => {
    const said = [0, 0.25, 9.5, 59.9, 60, 272, 3_600, 7_830, 86_400, 100_800, 604_800].map(duration);
    expect(said).toEqual(["0s", "0.3s", "9s", "59s", "1m", "4m32s", "1h", "2h10m", "1d", "1d4h", "7d"]);
    expect(duration(-5)).toBe("0s");
  });

  it("are in UTC, to the second", () => {
    expect(clockTime("2026-11-20T04:00:00.999+01:00")).toBe("2026-11-20T03:00:00Z");
    expect(clockTime("soon")).toBe("soon");
  });
});

describe("a stream of events", () => {
  async function read(...pieces: readonly string[]): Promise<SseMessage[]> {
    const messages: SseMessage[] = [];
    async function* bytes(): AsyncGenerator<Uint8Array> {
      for (const piece of pieces) yield Buffer.from(piece, "latin1");
    }
    for await (const message of readSse(bytes())) messages.push(message);
    return messages;
  }

  it("is read wherever its pieces end, and without what the end cuts off", async () => {
    const text =
      "retry: 1000\n\n: still here\n\nid: 7\r\nevent: event\r\ndata: a\r\ndata:b\r\n\r\ndata: \rdata\r\rdata: lost\n";
    const expected = [
      { id: "7", event: "event", data: "a\nb" },
      { id: "7", event: "message", data: "\n" },
    ];
    expect(await read(text)).toEqual(expected);
    expect(await read(...text)).toEqual(expected);
    const cut = Buffer.from("data: é\n\n").toString("latin1");
    expect(await read(...cut)).toEqual([{ id: "", event: "message", data: "é" }]);
  });

  it("is given up when a message has no end", async () => {
    await expect(read("data: ", "x".repeat(5_000_000))).rejects.toThrow("without an end");
  });
});

describe("a question", () => {
  async function ask(...typed: readonly string[]): Promise<{ answer: string; shown: string }> {
    const input = new PassThrough();
    const output = new PassThrough();
    const answer = askOn(input, output)("Type yes: ");
    for (const piece of typed) input.write(piece);
    input.end();
    return { answer: await answer, shown: String(output.read()) };
  }

  it("is answered by a line, and left open by none", async () => {
    expect(await ask("ye", "s\nmore\n")).toMatchObject({ answer: "yes", shown: "Type yes: " });
    expect(await ask()).toEqual({ answer: "", shown: "Type yes: \n" });
  });
});
