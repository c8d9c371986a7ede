import { RollguardError } from "../../domain/errors.ts";

/**
 * Reads a query parameter.
 * @returns undefined when it is absent
 * @throws RollguardError `bad_request` when it is anything but a whole number within the bounds
 */
export function wholeNumber(
  value: unknown,
  name: string,
  { least, most }: { least: number; most: number },
): number | undefined {
  if (value === undefined) return undefined;
  const number = typeof value === "string" && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  throw new RollguardError("bad_request", `${name}: expected a whole number from ${least} to ${most}`);
}
