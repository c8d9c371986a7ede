import type { LintProblem } from "../config/lint/lint-problem.ts";
import { formatProblem } from "../config/problem.ts";

/** Longer lines are cut, around what is meant. */
const MAX_LINE = 160;

type Paint = (text: string) => string;

interface Colours {
  readonly error: Paint;
  readonly warning: Paint;
  readonly info: Paint;
  readonly bold: Paint;
  readonly dim: Paint;
}

const sgr =
  (code: number): Paint =>
  (text) =>
    `\x1b[${code}m${text}\x1b[0m`;

const plain: Paint = (text) => text;

const COLOURS: Colours = { error: sgr(31), warning: sgr(33), info: sgr(36), bold: sgr(1), dim: sgr(2) };
const NONE: Colours = { error: plain, warning: plain, info: plain, bold: plain, dim: plain };

/**
 * One problem as people read it: where, what, the line with a caret under the part that is meant, what to do.
 * @param source the lines of the file, when it could be read
 */
export function describeProblem(
  problem: LintProblem,
  source: readonly string[] | undefined,
  coloured: boolean,
): string[] {
  const paint = coloured ? COLOURS : NONE;
  const { severity, check, message, advice } = problem;
  const place = formatProblem({ ...problem, message: "" }).trimEnd();
  return [
    `${paint.bold(place)} ${paint[severity](severity)}: ${printable(message)} ${paint.dim(`[${check}]`)}`,
    ...(source === undefined ? [] : excerpt(problem, source, paint)),
    `  ${paint.dim("=")} ${printable(advice)}`,
    "",
  ];
}

function excerpt(problem: LintProblem, source: readonly string[], paint: Colours): string[] {
  const { line, column, endLine, endColumn, severity } = problem;
  const whole = (source[line - 1] ?? "").trimEnd();
  if (whole === "") return [];
  const last = endLine === line ? endColumn : whole.length + 1;
  const cut = Math.max(0, column - 1 - MAX_LINE / 2);
  const shown = whole.slice(cut, cut + MAX_LINE);
  const from = Math.min(column - 1 - cut, shown.length);
  const length = Math.max(1, Math.min(last - column, shown.length - from));
  const number = String(line);
  // A tab stays one, so that the caret stands below what it means whatever a tab is wide.
  const indent = printable(shown.slice(0, from), "\t").replaceAll(/[^\t]/gu, " ");
  const carets = "^".repeat(Math.max(1, [...printable(shown.slice(from, from + length))].length));
  return [
    `  ${paint.dim(`${number} |`)} ${printable(shown, "\t")}`,
    `  ${paint.dim(`${" ".repeat(number.length)} |`)} ${indent}${paint[severity](carets)}`,
  ];
}

/** Control characters of a file must not command the terminal. */
function printable(text: string, except = ""): string {
  return text.replaceAll(/\p{Cc}|\u2028|\u2029/gu, (character) =>
    except.includes(character) && character !== "" ? character : "·",
  );
}

/** `2 errors, 1 warning in 3 files` */
export function summary(problems: readonly LintProblem[], files: number): string {
  const counts = (["error", "warning", "info"] as const).flatMap((severity) => {
    const count = problems.filter((problem) => problem.severity === severity).length;
    if (count === 0) return [];
    return [severity === "info" ? `${count} info` : `${count} ${severity}${count === 1 ? "" : "s"}`];
  });
  return `${counts.join(", ")} in ${files} ${files === 1 ? "file" : "files"}`;
}

const COMMANDS = { error: "error", warning: "warning", info: "notice" } as const;

/** A workflow command, by which GitHub shows the problem beside its line. */
export function githubCommand(problem: LintProblem): string {
  const { file, line, column, endLine, endColumn, severity, check, message, advice } = problem;
  const properties = {
    file,
    line,
    endLine,
    // GitHub refuses columns of a range over lines.
    ...(endLine === line ? { col: column, endColumn: Math.max(column, endColumn - 1) } : {}),
    title: check,
  };
  const written = Object.entries(properties).map(([key, value]) => `${key}=${escapeProperty(String(value))}`);
  return `::${COMMANDS[severity]} ${written.join(",")}::${escapeData(`${message}; ${advice}`)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
