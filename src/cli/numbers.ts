import { parseDuration } from "../domain/time.ts";
import { UsageError } from "./io.ts";

/** A number on the command line. Whether it makes sense is for the server to say. */
export function numberOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (!isNumber(text)) throw new UsageError(`--${option}: "${text}" is no number`);
  return Number(text);
}

/** `0,10,50,100` */
export function numbersOf(option: string, text: string | undefined): number[] | undefined {
  if (text === undefined) return undefined;
  return text.split(",").map((part) => {
    if (isNumber(part.trim())) return Number(part);
    throw new UsageError(`--${option}: "${part.trim()}" is no number; expected a list such as 0,10,50,100`);
  });
}

/** Seconds, or a duration such as `10m`. @returns seconds */
export function secondsOf(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (isNumber(text)) return Number(text);
  const duration = parseDuration(text);
  if (duration === undefined)
    throw new UsageError(`--${option}: "${text}" is neither seconds nor a duration such as 10m or 1h30m`);
  return duration / 1_000;
}

/** A number of the ledger, or how many of its events. */
export function wholeNumberOf(option: string, text: string | undefined, least: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d{1,15}$/.test(text) || value < least)
    throw new UsageError(`--${option}: expected a whole number from ${least}, not "${text}"`);
  return value;
}

function isNumber(text: string): boolean {
  return /^-?\d+(?:\.\d+)?$/.test(text);
}
