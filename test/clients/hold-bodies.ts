import { connect, type Socket } from "node:net";
import { until } from "../support/until.ts";

const MIB = 1024 ** 2;
/** As many of the largest as are taken at once. */
const BODIES = 8;

export interface HeldBodies {
  /** There is room again. */
  release(): Promise<void>;
}

/** Senders that never finish fill the room for the bodies of evaluations: everybody else is answered with 429. */
export async function holdBodies(base: string): Promise<HeldBodies> {
  const { hostname, port } = new URL(base);
  const sockets: Socket[] = [];
  for (let index = 0; index < BODIES; index += 1) {
    const socket = connect(Number(port), hostname);
    socket.on("error", () => undefined);
    socket.write(
      `POST /ofrep/v1/evaluate/flags HTTP/1.1\r\nHost: ${hostname}\r\nContent-Length: ${MIB}\r\n\r\n`,
    );
    socket.write(Buffer.alloc(MIB - 1, " "));
    sockets.push(socket);
  }
  const status = async (): Promise<number> =>
    (await fetch(`${base}/ofrep/v1/evaluate/flags`, { method: "POST", body: '{"context":{}}' })).status;
  await until("no room", status, (seen) => seen === 429);
  return {
    async release() {
      for (const socket of sockets) socket.destroy();
      await until("room", status, (seen) => seen === 200);
    },
  };
}
