import { describe, expect, test } from "@jest/globals";
import { startTypeScript } from "../support/compiled.ts";
import { type RunningProcess, saying } from "../support/process.ts";
import type { OpenedStores } from "./store-contract.ts";
import { count, countedIn, note, notesIn } from "./works.ts";

/** What holds between processes, also when one of them is killed. */
export function describeProcesses({ open, place, application }: OpenedStores): void {
  async function withChild(
    name: string,
    task: string,
    use: (child: RunningProcess) => Promise<void>,
  ): Promise<void> {
    const child = await startTypeScript({
      name: `child ${task}`,
      file: new URL("./store-child.ts", import.meta.url),
      args: [place(), name, `process ${task}`, task],
    });
    try {
      await saying(child, /ready/);
      await use(child);
    } finally {
      await child.kill();
    }
  }

  const endedWell = async (child: RunningProcess): Promise<void> => {
    expect({ ...(await child.ended), output: child.output() }).toMatchObject({ code: 0 });
  };

  describe("between processes", () => {
    test("transactions never interleave", async () => {
      const name = application();
      const store = open();
      await withChild(name, "100", (one) =>
        withChild(name, "101", async (two) => {
          for (let step = 0; step < 50; step++) {
            await store.transact(name, note);
            await store.transact(name, count("here"));
          }
          await Promise.all([endedWell(one), endedWell(two)]);
        }),
      );
      expect(await countedIn(store, name)).toBe(251);
      expect(notesIn(await store.read(name))).toBe(251);
      const actors = new Set((await store.events(name, { limit: 1_000 })).map(({ actor }) => actor));
      expect(actors.size).toBe(3);
    });

    test("a process killed while it has the lock leaves no trace, and the lock is soon free", async () => {
      const name = application();
      const store = open();
      await store.transact(name, count("here"));
      await withChild(name, "holds", async (child) => {
        await saying(child, /inside/);
        await child.kill();
      });
      // The child's lock lasts 500 ms, where it is not the system that sees to it.
      await store.transact(name, count("here"));
      expect(await countedIn(store, name)).toBe(2);
    });

    /** @returns how many steps it told of before it was killed: not at a moment that the steps choose, anywhere in one */
    async function killed(name: string, task: string, after: number): Promise<number> {
      let told = 0;
      await withChild(name, task, async (child) => {
        await saying(child, new RegExp(`step ${after}\\n`));
        await child.kill();
        told = Number(/step (\d+)\n[^\n]*$/.exec(child.output())?.[1]);
      });
      return told;
    }

    test("a process killed at any moment leaves the old state or the new one, never half", async () => {
      const name = application();
      const store = open();
      let steps = 0;
      for (let round = 0; round < 3; round++) {
        steps += await killed(name, "forever", 5 + 20 * round);
        await store.transact(name, count("here"));
        steps += 1;
      }
      const counted = await countedIn(store, name);
      // Whatever was told to be committed is; of each child one step more may be, which it had no time to tell.
      expect(counted).toBeGreaterThanOrEqual(steps);
      expect(counted).toBeLessThanOrEqual(steps + 3);
    });

    test("a process killed while it notes has noted what it told", async () => {
      const name = application();
      const store = open();
      await store.transact(name, count("here"));
      const told = await killed(name, "notes", 20);
      // One more may be, which it had no time to tell: LMDB may show that with the next write only.
      await store.transact(name, note);
      const noted = notesIn(await store.read(name));
      expect([told + 1, told + 2]).toContain(noted);
      expect(notesIn(await open().read(name))).toBe(noted);
      expect(await countedIn(store, name)).toBe(1);
    });
  });
}
