import type { IncomingMessage } from "node:http";
import type { BodyShare } from "./body-budget.ts";
import { HttpProblem } from "./problem.ts";

interface ReadLimits {
  /** Bytes. */
  readonly limit: number;
  readonly share: BodyShare;
  /** What its sender can do about a body that is too large. */
  readonly advice?: string;
}

const ADVICE = "raise ROLLGUARD_MAX_BODY, or set max_alerts in Alertmanager";

/**
 * The whole body of a request, read by hand: express.json costs a third of the throughput.
 * @throws HttpProblem `payload_too_large`, `unsupported_encoding`, `overloaded`, `client_closed_request`
 */
export async function readBody(request: IncomingMessage, limits: ReadLimits): Promise<Buffer> {
  const encoding = request.headers["content-encoding"] ?? "identity";
  if (encoding !== "identity") {
    throw new HttpProblem("unsupported_encoding", `content-encoding "${encoding}": send the body as it is`);
  }
  const announced = Number(request.headers["content-length"] ?? 0);
  if (announced > 2 * limits.limit) throw tooLarge(limits);
  return await collect(request, limits);
}

/**
 * Up to twice the limit is read and forgotten before it is refused: a client that is cut off while it is still
 * sending reads a reset connection and never learns why.
 */
function collect(request: IncomingMessage, limits: ReadLimits): Promise<Buffer> {
  const { limit, share } = limits;
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
      if (size > 2 * limit) reject(tooLarge(limits));
    });
    request.on("end", () => {
      if (size > limit) reject(tooLarge(limits));
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

function tooLarge({ limit, advice = ADVICE }: ReadLimits): HttpProblem {
  const detail = `the body is larger than ${limit} bytes; ${advice}`;
  return new HttpProblem("payload_too_large", detail, { Connection: "close" });
}
