import type { ServerResponse } from "node:http";
import type { Duration } from "../../domain/time.ts";

const SOON: Duration = 500;

/** Who does not read would keep what waits for it, its place, and the server from ending. */
export function endStream(response: ServerResponse): void {
  response.end();
  const timer = setTimeout(() => response.destroy(), SOON).unref();
  response.once("close", () => clearTimeout(timer));
}
