import { promqlErrors } from "./promql-errors.ts";

/** An expression that can be read and cannot be computed: a rate of no range, a comparison with text. */
export const promqlType = promqlErrors("promql/type", "type");
