import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { freePort, saying, startProcess, temporaryDirectory } from "./process.ts";
import { callOnce } from "./redis-server.ts";
import { Stopper } from "./stopper.ts";

export interface SentinelOptions {
  /** The name under which it knows the primary. */
  readonly master: string;
  /** Where the primary is, on the loopback. */
  readonly port: number;
  /** More lines of its configuration. */
  readonly config?: readonly string[];
}

export interface Sentinel {
  readonly port: number;
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  /** Resolves when it says that the primary is another one now. */
  switched(): Promise<void>;
  /** The process lives on and answers nothing, until `resume`. */
  pause(): void;
  resume(): void;
  output(): string;
  stop(): Promise<void>;
}

/** Starts a sentinel that watches over one primary, alone: it needs nobody's agreement. */
export async function startSentinel({
  master,
  port: primary,
  config = [],
}: SentinelOptions): Promise<Sentinel> {
  const running = new Stopper();
  try {
    const directory = await temporaryDirectory("sentinel");
    running.add(directory.remove);
    const port = await freePort();
    const file = join(directory.path, "sentinel.conf");
    const lines = [
      `port ${port}`,
      "bind 127.0.0.1",
      `dir ${directory.path}`,
      `sentinel monitor ${master} 127.0.0.1 ${primary} 1`,
      `sentinel down-after-milliseconds ${master} 500`,
      ...config,
    ];
    await writeFile(file, `${lines.join("\n")}\n`);
    const child = await startProcess({
      name: "redis-sentinel",
      command: "redis-server",
      args: [file, "--sentinel"],
    });
    running.add(child.kill);
    await saying(child, /\+monitor master/);
    return {
      port,
      call: (command, ...args) => callOnce(port, command, args),
      switched: () => saying(child, /\+switch-master/),
      pause: () => void process.kill(child.pid, "SIGSTOP"),
      resume: () => void process.kill(child.pid, "SIGCONT"),
      output: child.output,
      stop: () => running.stop(),
    };
  } catch (error) {
    await running.stop();
    throw error;
  }
}
