import type { PreflightAnswer, PreflightCheck } from "../answers.ts";
import { forPeople, printable } from "./printable.ts";
import type { Colour, Style } from "./style.ts";
import { table } from "./table.ts";

const COLOURS: Readonly<Record<PreflightCheck["status"], Colour>> = {
  pass: "green",
  warn: "yellow",
  fail: "red",
};

/** Every check with what it found; what is not well, with what to do. */
export function preflightLines(application: string, answer: PreflightAnswer, style: Style): string[] {
  const { checks } = forPeople(answer);
  const rows = table(
    checks.map(({ name, status, detail }) => [style.paint[COLOURS[status]](status), name, detail]),
  );
  const names = Math.max(0, ...checks.map(({ name }) => name.length));
  return [
    `preflight of ${printable(application)}: ${summaryOf(checks)}`,
    ...rows.flatMap((row, index) => {
      const { status, fix } = checks[index] ?? {};
      return status === "pass" || !fix ? [`  ${row}`] : [`  ${row}`, `  ${" ".repeat(names + 8)}${fix}`];
    }),
  ];
}

/** `5/6; 1 fails: …`. A warning keeps nothing from starting. */
function summaryOf(checks: readonly PreflightCheck[]): string {
  const count = (status: PreflightCheck["status"]): number =>
    checks.filter((check) => check.status === status).length;
  const failed = count("fail");
  const warned = count("warn");
  return [
    `${checks.length - failed}/${checks.length}`,
    ...(warned > 0 ? [`, ${warned} of them with a warning`] : []),
    ...(failed > 0
      ? [`; ${failed} ${failed === 1 ? "fails" : "fail"}: nothing is deployed until that is mended`]
      : []),
  ].join("");
}
