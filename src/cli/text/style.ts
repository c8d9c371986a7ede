import type { Io } from "../io.ts";

type Paint = (text: string) => string;

const COLOURS = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, cyan: 36 } as const;

export type Colour = keyof typeof COLOURS;

/** How a text is to look where it is shown. */
export interface Style {
  readonly paint: Readonly<Record<Colour, Paint>>;
  /** Whether it may be drawn with more than ASCII. */
  readonly unicode: boolean;
}

/** A terminal gets colours unless it, or NO_COLOR, says no; FORCE_COLOR has them in a file too. */
export function styleOf({ terminal, environment }: Io): Style {
  return {
    paint: paintWith(wantsColours(terminal !== undefined, environment)),
    unicode: terminal !== undefined && speaksUtf8(environment),
  };
}

/** For wherever nothing but text can be told. */
export const PLAIN: Style = { paint: paintWith(false), unicode: false };

type Environment = Io["environment"];

function wantsColours(isTerminal: boolean, { NO_COLOR, FORCE_COLOR, TERM }: Environment): boolean {
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== "0" && FORCE_COLOR !== "false";
  return isTerminal && !NO_COLOR && TERM !== "dumb";
}

function speaksUtf8({ LC_ALL, LC_CTYPE, LANG }: Environment): boolean {
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || "");
}

function paintWith(coloured: boolean): Style["paint"] {
  const with_ = (colour: Colour): Paint =>
    coloured ? (text) => `\x1b[${COLOURS[colour]}m${text}\x1b[0m` : (text) => text;
  return {
    bold: with_("bold"),
    dim: with_("dim"),
    red: with_("red"),
    green: with_("green"),
    yellow: with_("yellow"),
    cyan: with_("cyan"),
  };
}

const SGR = /\p{Cc}\[\d+m/gu;

/** Columns that a text takes, without its colours. */
export function widthOf(text: string): number {
  return [...text.replaceAll(SGR, "")].length;
}

/** Cuts a line that is longer than the terminal is wide; colours take no room, and end with the line. */
export function cutTo(columns: number, text: string): string {
  if (widthOf(text) <= columns) return text;
  let room = columns;
  let coloured = false;
  let cut = "";
  for (const part of text.split(/(\p{Cc}\[\d+m)/u)) {
    if (part.startsWith("\x1b[")) {
      cut += part;
      coloured = part !== "\x1b[0m";
      continue;
    }
    const characters = [...part];
    cut += characters.slice(0, room).join("");
    room -= characters.length;
    if (room <= 0) break;
  }
  return coloured ? `${cut}\x1b[0m` : cut;
}

export function arrow({ unicode }: Style): string {
  return unicode ? "→" : "->";
}

/** `[██████░░░░]` */
export function bar({ unicode }: Style, fraction: number, cells: number): string {
  const [full, empty] = unicode ? ["█", "░"] : ["#", "-"];
  const filled = Math.round(Math.min(1, Math.max(0, fraction || 0)) * cells);
  return `[${full.repeat(filled)}${empty.repeat(cells - filled)}]`;
}
