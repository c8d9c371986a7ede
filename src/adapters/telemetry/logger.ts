import { destination, pino } from "pino";
import type { Logger } from "../../app/ports.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

export type LogLevel = (typeof LOG_LEVELS)[number];

/** Bytes that wait while standard error takes nothing, as on a disk that is full; what comes on top is dropped. */
const MAX_WAITING = 4 * 1024 ** 2;

/**
 * One JSON object a line on standard error: standard output is left to people. Nothing is lost at the end. Never
 * throws: what was done is not undone because it cannot be told.
 */
export function createLogger(level: LogLevel): Logger {
  const options = { level, base: null, timestamp: pino.stdTimeFunctions.isoTime };
  const stderr = destination({ fd: 2, sync: true, maxLength: MAX_WAITING });
  stderr.on("error", () => undefined);
  const logger = pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, stderr);
  return neverThrowing(logger);
}

export function neverThrowing(logger: Logger): Logger {
  const at =
    (level: keyof Logger) =>
    (fields: object, message: string): void => {
      try {
        logger[level](fields, message);
      } catch {
        // There is nobody left to tell.
      }
    };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}
