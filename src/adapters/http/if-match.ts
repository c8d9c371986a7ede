import { HttpProblem } from "./problem.ts";

/**
 * The revision that a client has seen, from its `If-Match`.
 * @returns null when it says none, or `*`
 * @throws HttpProblem `invalid_request`
 */
export function expectedRevision(header: string | undefined): number | null {
  if (header === undefined || header.trim() === "*") return null;
  const revision = /^\s*(?:W\/)?"?(\d{1,15})"?\s*$/.exec(header)?.[1];
  if (revision === undefined)
    throw new HttpProblem("invalid_request", 'If-Match: expected the ETag of the application, such as "42"');
  return Number(revision);
}
