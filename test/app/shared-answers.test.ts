import { describe, expect, test } from "@jest/globals";
import { SharedAnswers } from "../../src/app/shared-answers.ts";

const KEPT_FOR = 10_000;

/** Answers with the question and its number, or fails. */
function asking() {
  const questions: string[] = [];
  const world = { now: 0, fails: false };
  const shared = new SharedAnswers<string, string>(
    async (asked) => {
      questions.push(asked.join(" "));
      if (world.fails) throw new Error("no");
      return asked.map((each) => `${each}${questions.length}`);
    },
    KEPT_FOR,
    () => world.now,
  );
  const at = (seconds: number, ...names: readonly string[]): Promise<string[]> => {
    world.now = seconds * 1_000;
    return Promise.all(names.map((name) => shared.get(name, name)));
  };
  return { questions, world, at };
}

describe("answers that are shared", () => {
  test("what is asked in the same turn is asked together, and each once", async () => {
    const { questions, at } = asking();
    expect(await at(0, "a", "b", "a")).toEqual(["a1", "b1", "a1"]);
    expect(questions).toEqual(["a b"]);
  });

  test("who comes first asks for all who have asked lately, and the others find theirs while it is young", async () => {
    const { questions, at } = asking();
    for (const [second, name] of ["a", "b", "c"].entries()) await at(second, name);
    expect(await at(30, "b")).toEqual(["b4"]);
    expect(await at(39.9, "a")).toEqual(["a4"]);
    expect(await at(40, "c")).toEqual(["c5"]);
    expect(questions).toEqual(["a", "b", "c", "a b c", "a b c"]);
  });

  test("nobody is given the same answer twice", async () => {
    const { questions, at } = asking();
    await at(0, "a", "b");
    await at(30, "a");
    expect(await at(31, "a")).toEqual(["a3"]);
    // It is soon everybody's turn: then all are asked for.
    expect(await at(35, "a")).toEqual(["a4"]);
    expect(await at(36, "b")).toEqual(["b4"]);
    expect(questions).toEqual(["a b", "a b", "a", "a b"]);
  });

  test("who has not asked for long is not asked for", async () => {
    const { questions, at } = asking();
    await at(0, "a", "b");
    await at(60, "a");
    await at(90.001, "a");
    expect(questions).toEqual(["a b", "a b", "a"]);
  });

  test("a failure is that of those who wait: the next one asks again", async () => {
    const { questions, world, at } = asking();
    await at(0, "a", "b");
    world.fails = true;
    await expect(at(30, "a")).rejects.toThrow("no");
    world.fails = false;
    expect(await at(31, "b")).toEqual(["b3"]);
    expect(questions).toEqual(["a b", "a b", "b"]);
  });
});
