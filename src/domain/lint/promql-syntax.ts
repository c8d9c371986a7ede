import { promqlErrors } from "./promql-errors.ts";

/** Prometheus refuses the whole file for one expression that it cannot read. */
export const promqlSyntax = promqlErrors("promql/syntax", "syntax");
