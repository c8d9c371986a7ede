import type { Decision } from "../domain/decision.ts";
import type { Logger } from "./ports.ts";

/** A line for each decision; what an override masks is a warning, whoever has decided. */
export function logDecision(logger: Logger, message: string, { warning }: Decision, fields: object): void {
  if (warning === undefined) logger.info(fields, message);
  else logger.warn({ ...fields, warning }, message);
}
