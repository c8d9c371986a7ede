import { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { Duplex } from "node:stream";
import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { StreamHub } from "../../../src/adapters/http/stream-hub.ts";

const SECOND = 1_000;
const MESSAGE = Buffer.from("id: 1\n\n");

let closing: AbortController;
let hub: StreamHub;

beforeEach(() => {
  jest.useFakeTimers();
  closing = new AbortController();
  hub = new StreamHub({ now: () => Date.now(), closing: closing.signal });
});

afterEach(() => void jest.useRealTimers());

/** Streams with one key. `asked` of them have asked for what they were told, and which is not known. */
class Visitors {
  asked = 0;
  #open = new Set<ServerResponse>();

  come(count: number): void {
    for (let came = 0; came < count; came += 1) {
      const socket = new Duplex({ read() {}, write: (_bytes, _encoding, taken) => taken() }) as Socket;
      const response = new ServerResponse(new IncomingMessage(socket));
      response.assignSocket(socket);
      this.#open.add(response);
      response.once("close", () => this.#open.delete(response));
      const stream = {
        ...{ response, application: "shop", clientKey: "anybody", expiresAt: Number.POSITIVE_INFINITY },
        stillBehind: () => this.#open.size - this.asked,
        hangUp: () => undefined,
      };
      hub.add(stream);
    }
  }

  get open(): number {
    return [...this.#open].filter(({ writableEnded }) => !writableEnded).length;
  }
}

async function seconds(count: number): Promise<void> {
  await jest.advanceTimersByTimeAsync(count * SECOND);
}

describe("streams whose clients share a key", () => {
  it("are all ended once when one of them does not ask: its browser may have no connection left", async () => {
    const visitors = new Visitors();
    visitors.come(40);
    hub.send("shop", MESSAGE);
    visitors.asked = 39;
    await seconds(4);
    expect([visitors.open, hub.size]).toEqual([0, 0]);
  });

  it("are from then on ended a few at a time, less and less often: what one does is not all the others' burden", async () => {
    const visitors = new Visitors();
    visitors.come(40);
    hub.send("shop", MESSAGE);
    visitors.asked = 39;
    await seconds(4);
    visitors.asked = 0;
    visitors.come(40);
    hub.send("shop", MESSAGE);
    visitors.asked = 39;
    await seconds(5);
    expect(visitors.open).toBe(40);
    await seconds(1);
    expect(visitors.open).toBe(28);
    visitors.asked = 27;
    await seconds(11);
    expect(visitors.open).toBe(28);
    await seconds(1);
    expect(visitors.open).toBe(16);
  });

  it("are all ended again where nobody's asking is heard of, as where another responder is asked", async () => {
    const visitors = new Visitors();
    for (let time = 0; time < 2; time += 1) {
      visitors.come(40);
      hub.send("shop", MESSAGE);
      await seconds(7);
      expect(visitors.open).toBe(0);
    }
  });

  it("are left alone when all have asked", async () => {
    const visitors = new Visitors();
    visitors.come(40);
    hub.send("shop", MESSAGE);
    visitors.asked = 40;
    await seconds(600);
    expect(visitors.open).toBe(40);
  });
});

it("ends who does not ask though one change follows another", async () => {
  const visitors = new Visitors();
  visitors.come(6);
  for (let change = 0; change < 5; change += 1) {
    hub.send("shop", MESSAGE);
    await seconds(1);
  }
  expect(visitors.open).toBe(0);
});
