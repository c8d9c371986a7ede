import type { IncomingMessage } from "node:http";
import type { BodyShare } from "./body-budget.ts";
import { HttpProblem } from "./problem.ts";

interface ReadLimits {
  /** Bytes. */
  readonly limit: number;
  readonly share: BodyShare;
}

/**
 * The whole body of a request, read by hand: express.json costs a third of the throughput.
 * @throws HttpProblem `payload_too_large`, `unsupported_encoding`, `overloaded`, `client_closed_request`
 */
export async function readBody(request: IncomingMessage, { limit, share }: ReadLimits): Promise<Buffer> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpProblem("unsupported_encoding", `content-encoding "${encoding}": send the body as it is`);
  }
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > 2 * limit) throw tooLarge(limit);
  return await collect(request, { limit, share });
}

/**
 * Up to twice the limit is read and forgotten before it is refused: a client that is cut off while it is still
 * sending reads a reset connection and never learns why.
 */
function collect(request: IncomingMessage, { limit, share }: ReadLimits): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    let chunks: Buffer[] = [];
    let size = 0;
    let crowded = false;
    const forget = (): void => {
      chunks = [];
      share.giveBack();
    };
    request.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (!crowded && size <= limit && share.take(chunk.length)) {
        chunks.push(chunk);
        return;
      }
      crowded ||= size <= limit;
      forget();
      if (size > 2 * limit) reject(tooLarge(limit));
    });
    request.on("end", () => {
      if (size > limit) reject(tooLarge(limit));
      else if (crowded) reject(overloaded());
      else resolve(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
    });
    request.on("error", () => {
      forget();
      reject(new HttpProblem("client_closed_request", "the client hung up before its body was there"));
    });
  });
}

function overloaded(): HttpProblem {
  return new HttpProblem("overloaded", "too many large bodies at once; send it again later");
}

function tooLarge(limit: number): HttpProblem {
  const detail = `the body is larger than ${limit} bytes; raise ROLLGUARD_MAX_BODY, or set max_alerts in Alertmanager`;
  return new HttpProblem("payload_too_large", detail, { Connection: "close" });
}
