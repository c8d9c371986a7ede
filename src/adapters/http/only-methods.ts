import type { RequestHandler } from "express";
import { HttpProblem } from "./problem.ts";

/** Ends a route: every other method is refused, and the reply names those that are not. */
export function onlyMethods(...methods: readonly string[]): RequestHandler {
  const allow = methods.join(", ");
  return (request) => {
    throw new HttpProblem("method_not_allowed", `${request.method} is not served here; use ${allow}`, {
      Allow: allow,
    });
  };
}
