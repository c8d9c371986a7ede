import { connect, type Socket } from "node:net";

/**
 * Clients of flags, each with a connection for its stream and one for its requests, as browsers and providers have them;
 * written by hand, so that they cost less than what they measure. Tells on standard output when all of them listen, and
 * for each round when each of them had the flag's new value.
 */

const responders = (process.env.RESPONDERS ?? "").split(",").map((url) => new URL(url));
const total = Number(process.env.CLIENTS);
/** Connections that are made at the same time. */
const AT_ONCE = 50;
/** Requests of all of them together before they listen: a responder that has just been started is slow. */
const WARM = 20_000;
let round = 0;
let seen: bigint[] = [];

class Client {
  readonly #url: URL;
  readonly #body: string;
  readonly #requests: Socket;
  #answer = "";
  #resolve: (answer: string) => void = () => undefined;
  #etag = "";
  #isFetching = false;
  /** What was told last, while an answer was on its way. */
  #again: string | null = null;
  #done = -1;

  constructor(index: number) {
    this.#url = responders[index % responders.length] as URL;
    this.#body = JSON.stringify({ context: { targetingKey: `user-${index}`, region: "eu", plan: "free" } });
    this.#requests = connect(Number(this.#url.port), this.#url.hostname);
    this.#requests.setNoDelay(true);
    this.#requests.on("data", (bytes: Buffer) => this.#read(bytes));
  }

  async start(): Promise<void> {
    const answer = await this.#fetch("");
    for (let more = 0; more < WARM / total; more += 1) await this.#fetch("");
    const { eventStreams } = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n"))) as {
      eventStreams: { endpoint: { requestUri: string } }[];
    };
    await this.#listen(eventStreams[0]?.endpoint.requestUri ?? "");
  }

  #fetch(query: string): Promise<string> {
    this.#requests.write(
      `POST /ofrep/v1/evaluate/flags${query} HTTP/1.1\r\nHost: ${this.#url.host}\r\n` +
        `Content-Type: application/json\r\nContent-Length: ${this.#body.length}\r\n` +
        `${query === "" ? "" : `If-None-Match: ${this.#etag}\r\n`}\r\n${this.#body}`,
    );
    return new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  #read(bytes: Buffer): void {
    this.#answer += bytes.toString("latin1");
    const head = this.#answer.indexOf("\r\n\r\n");
    if (head === -1) return;
    const length = Number(/^content-length: (\d+)/im.exec(this.#answer.slice(0, head))?.[1] ?? 0);
    if (this.#answer.length < head + 4 + length) return;
    const answer = this.#answer;
    this.#answer = "";
    if (!answer.startsWith("HTTP/1.1 200")) throw new Error(answer.slice(0, 500));
    this.#etag = /^etag: (.*)\r$/im.exec(answer)?.[1] ?? "";
    this.#resolve(answer);
  }

  #listen(requestUri: string): Promise<void> {
    return new Promise((resolve) => {
      const stream = connect(Number(this.#url.port), this.#url.hostname);
      stream.setNoDelay(true);
      stream.write(
        `GET ${requestUri} HTTP/1.1\r\nHost: ${this.#url.host}\r\nAccept: text/event-stream\r\n\r\n`,
      );
      let text = "";
      stream.on("data", (bytes: Buffer) => {
        text += bytes.toString("latin1");
        const end = text.lastIndexOf("\n\n");
        if (end === -1) return;
        const complete = text.slice(0, end);
        text = text.slice(end + 2);
        if (complete.includes("id: ")) resolve();
        const [, etag] = /"refetchEvaluation","etag":"(\d+)"/.exec(complete) ?? [];
        if (etag !== undefined) void this.#refetch(etag);
      });
      stream.on("close", () => {
        throw new Error(`a stream has ended: ${text}`);
      });
    });
  }

  async #refetch(etag: string): Promise<void> {
    this.#again = etag;
    if (this.#isFetching) return;
    this.#isFetching = true;
    while (this.#again !== null) {
      const query = `?flagConfigEtag=${this.#again}&flagConfigLastModified=1`;
      this.#again = null;
      const answer = await this.#fetch(query);
      if (this.#done < round && answer.includes(`"key":"flag_${round}","value":false`)) this.#has();
    }
    this.#isFetching = false;
  }

  #has(): void {
    this.#done = round;
    seen.push(process.hrtime.bigint());
    if (seen.length < total) return;
    console.log(`round ${round}: ${seen.join()}`);
    seen = [];
    round += 1;
  }
}

for (let first = 0; first < total; first += AT_ONCE) {
  const some = Array.from(
    { length: Math.min(AT_ONCE, total - first) },
    (_, index) => new Client(first + index),
  );
  await Promise.all(some.map((client) => client.start()));
}
console.log("listening");
