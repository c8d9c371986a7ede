import { Redis } from "ioredis";
import { freePort, type RunningProcess, saying, startProcess, temporaryDirectory } from "./process.ts";
import { Stopper } from "./stopper.ts";

export interface RedisServerOptions {
  /** Settings as redis-server takes them on its command line: `["--appendonly", "yes"]`. */
  readonly args?: readonly string[];
}

export interface RedisServer {
  /** `redis://127.0.0.1:<port>` */
  readonly url: string;
  readonly port: number;
  /** Sends one command over a connection that serves only this. */
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** The process lives on and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Starts it again after `kill`, on the same port and with what it kept in its directory. */
  start(): Promise<void>;
  output(): string;
  stop(): Promise<void>;
}

/** Starts a real redis-server on a loopback port and in a directory of its own, and waits until it answers. */
export async function startRedis({ args = [] }: RedisServerOptions = {}): Promise<RedisServer> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("redis");
    running.add(directory.remove);
    const port = await freePort();
    const place = ["--bind", "127.0.0.1", "--port", `${port}`, "--dir", directory.path];
    let child: RunningProcess;
    const start = async (): Promise<void> => {
      const command = {
        name: "redis-server",
        command: "redis-server",
        args: [...place, "--save", "", ...args],
      };
      child = await startProcess(command);
      await saying(child, /Ready to accept connections/);
    };
    const signal = (name: NodeJS.Signals): void => void process.kill(child.pid, name);
    running.add(() => child?.kill());
    await start();
    return {
      url: `redis://127.0.0.1:${port}`,
      port,
      call: (command, ...rest) => callOnce(port, command, rest),
      pause: () => signal("SIGSTOP"),
      resume: () => signal("SIGCONT"),
      kill: async () => void (await child.kill()),
      start,
      output: () => child.output(),
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}

/** Sends one command over a connection that serves only this. */
export async function callOnce(port: number, command: string, args: (string | number)[]): Promise<unknown> {
  const client = new Redis({ host: "127.0.0.1", port, retryStrategy: null });
  client.on("error", () => undefined);
  try {
    return await client.call(command, args);
  } finally {
    client.disconnect();
  }
}
