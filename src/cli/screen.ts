import type { Io, Terminal } from "./io.ts";
import { cutTo } from "./text/style.ts";

const ESC = "\x1b[";
/** A screen of its own, without a cursor, on which no line goes on below: some letters are wider than others. */
const OPEN = `${ESC}?1049h${ESC}?25l${ESC}?7l`;
const CLOSE = `${ESC}?7h${ESC}?25h${ESC}?1049l`;
const HOME = `${ESC}H`;
const REST_OF_LINE = `${ESC}K`;
const REST_OF_SCREEN = `${ESC}J`;

/** A terminal that is drawn anew again and again; what it showed before comes back at the end. */
export class Screen {
  readonly #write: Io["stdout"];
  readonly #terminal: Terminal;

  constructor(write: Io["stdout"], terminal: Terminal) {
    this.#write = write;
    this.#terminal = terminal;
    write(OPEN);
  }

  /** What does not fit is cut off: at the right, and at the bottom above the last line. */
  draw(lines: readonly string[], last: string): void {
    const rows = Math.max(2, this.#terminal.rows());
    const shown = [...lines.slice(0, rows - 1), last];
    const drawn = shown.map((line) => cutTo(this.#terminal.columns(), line) + REST_OF_LINE);
    this.#write(`${HOME}${drawn.join("\n")}${REST_OF_SCREEN}`);
  }

  close(): void {
    this.#write(CLOSE);
  }
}
