import type { Request } from "express";
import type { z } from "zod";
import { BodyBudget } from "./body-budget.ts";
import { parseCommandBody } from "./command-body.ts";
import { readBody } from "./read-body.ts";

/** Bytes: a backup of a thousand flags takes 200 kB. */
const LIMIT = 2 * 1024 ** 2;

/** Reads the bodies of commands: small ones, and never many at once. */
export class CommandReader {
  readonly #budget = new BodyBudget(LIMIT);

  /** @throws HttpProblem */
  async read<S extends z.ZodType>(request: Request<never> | Request, schema: S): Promise<z.output<S>> {
    const share = this.#budget.open();
    try {
      return parseCommandBody(await readBody(request, { limit: LIMIT, share }), schema);
    } finally {
      share.giveBack();
    }
  }
}
