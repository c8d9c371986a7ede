import type { RequestHandler } from "express";
import { HttpProblem } from "./problem.ts";

/** Ends a route: every other method is refused, and the reply names those that are not. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  return (request) => {
    throw methodNotAllowed(request.method, ...methods);
  };
}

export function methodNotAllowed(method = "", ...methods: readonly string[]): HttpProblem {
  const Allow = methods.join(", ");
  return new HttpProblem("method_not_allowed", `${method} is not served here; use ${Allow}`, { Allow });
}
