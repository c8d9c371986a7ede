import { Failure, type Io, UsageError } from "./io.ts";
import { printable } from "./text/printable.ts";

/** Whether somebody sits there who can be asked. */
export function canAsk({ ask, terminal }: Io): boolean {
  return ask !== undefined && terminal !== undefined;
}

/**
 * Has somebody type yes.
 * @param what in words: `deploy hybrid to genesis`
 * @throws Failure when the answer is anything else
 */
export async function askForYes({ ask }: Io, what: string, production: boolean): Promise<void> {
  const answer = await ask?.(printable(`Type yes to ${what}${production ? " (production)" : ""}: `));
  if (answer?.trim() !== "yes") throw new Failure("not confirmed: nothing was done");
}

/** Where nobody can be asked, the command line must say it. */
export function needsYes(what: string, production: boolean): UsageError {
  const why = production ? "this is production" : "this is dangerous";
  return new UsageError(`${what}: ${why}, and there is no terminal to ask at: say --yes; nothing was sent`);
}
