import { createInterface } from "node:readline";

/** Asks a question at a terminal. Ctrl-C and Ctrl-D leave it unanswered. */
export function askOn(
  input: NodeJS.ReadableStream,
  output: NodeJS.WritableStream,
): (question: string) => Promise<string> {
  return (question) =>
    new Promise((resolve) => {
      const reader = createInterface({ input, output });
      let answer = "";
      reader.once("SIGINT", () => reader.close());
      reader.once("close", () => {
        // The next line begins below what was typed, also when nothing was.
        if (answer === "") output.write("\n");
        resolve(answer);
      });
      reader.question(question, (line) => {
        answer = line;
        reader.close();
      });
    });
}
