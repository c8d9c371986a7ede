/** Who does what is told. */
export type Actor = "you" | "users" | "Genesis" | "Prometheus" | "Alertmanager" | "Built-in" | "Rollguard";

export interface Narrator {
  /** A heading. */
  act(title: string): void;
  /** One line of the timeline, with the seconds since the start; further lines stand below its text. */
  tell(who: Actor, text: string): void;
  /** Lines without a time. */
  note(...lines: readonly string[]): void;
}

/** What a terminal makes a colour of. */
const COLOURS: Readonly<Record<Actor, number>> = {
  you: 36,
  users: 35,
  Genesis: 33,
  Prometheus: 34,
  Alertmanager: 34,
  "Built-in": 34,
  Rollguard: 32,
};
const BOLD = 1;
const WIDTH = Math.max(...Object.keys(COLOURS).map(({ length }) => length));

/** Tells the story as it happens; in colours on a terminal only, and not where NO_COLOR is set. */
export function narrator(stream: NodeJS.WriteStream): Narrator {
  const coloured = stream.isTTY === true && !process.env.NO_COLOR;
  const paint = (text: string, code: number): string => (coloured ? `\u001b[${code}m${text}\u001b[0m` : text);
  const begun = performance.now();
  const write = (line: string): void => void stream.write(`${line}\n`);
  return {
    act: (title) => write(`\n${paint(title, BOLD)}`),
    tell: (who, text) => {
      const seconds = ((performance.now() - begun) / 1_000).toFixed(1).padStart(5);
      const [first = "", ...rest] = text.split("\n");
      write(`${seconds}s  ${paint(who.padEnd(WIDTH), COLOURS[who])}  ${first}`);
      for (const line of rest) write(`${" ".repeat(WIDTH + 10)}${line}`);
    },
    note: (...lines) => {
      for (const line of lines) write(line);
    },
  };
}
