import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface Question {
  readonly key: string;
  /** The default in the application's code. */
  readonly byDefault: boolean;
  readonly context?: Readonly<Record<string, string>>;
  /** With an attribute that is the language's own instant. */
  readonly date?: boolean;
}

/** What the application has of it. Without an error the value is the server's. */
export interface Answer {
  readonly value: boolean;
  readonly reason: string | null;
  readonly variant: string | null;
  /** OpenFeature's code. */
  readonly error: string | null;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A program in another language that asks with OpenFeature's SDK and its OFREP provider: `python/ask.py` tells how. */
export class ForeignClient {
  readonly #child: ChildProcess;
  readonly #answers: AsyncIterator<string>;
  readonly #closed: Promise<unknown>;
  #complaints = "";

  constructor({ command, args, env = {} }: Command, base: string) {
    const child = spawn(command, [...args, base], { env: { ...process.env, ...env } });
    this.#child = child;
    this.#closed = new Promise((resolve) => child.once("close", resolve).once("error", resolve));
    // Who has ended hears no questions; its answers end too, and that is told below.
    child.stdin.on("error", () => undefined);
    child.stderr.on("data", (chunk) => {
      this.#complaints = (this.#complaints + chunk).slice(-10_000);
    });
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  }

  /** One after another. */
  async ask({ key, byDefault, context = {}, date = false }: Question): Promise<Answer> {
    this.#child.stdin?.write(`${JSON.stringify({ key, default: byDefault, context, date })}\n`);
    const { value, done } = await this.#answers.next();
    if (done === true) throw new Error(`${this.#child.spawnargs.join(" ")} has ended\n${this.#complaints}`);
    return JSON.parse(value) as Answer;
  }

  async stop(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.#closed;
  }
}
