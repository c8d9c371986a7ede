import type { Duration } from "../domain/time.ts";

/** Who has not asked for so long is not asked for any more. */
const REMEMBERED: Duration = 90_000;

interface Batch<Q, A> {
  readonly asked: Map<string, Q>;
  readonly answers: Promise<ReadonlyMap<string, A>>;
}

/**
 * Answers for many who ask the same kind of question at different moments, again and again. Whoever comes first asks for all
 * who have asked lately, and the others find their answer here, as long as it is young enough. Nobody is given the same
 * answer twice. What is asked in the same turn is asked together anyway.
 */
export class SharedAnswers<Q, A> {
  readonly #ask: (questions: readonly Q[]) => Promise<readonly A[]>;
  readonly #keptFor: Duration;
  readonly #now: () => number;
  readonly #standing = new Map<string, { readonly question: Q; readonly at: number }>();
  #answers = new Map<string, Promise<A>>();
  #askedAt = Number.NEGATIVE_INFINITY;
  #batch: Batch<Q, A> | undefined;

  /** @param ask answers in the questions' order */
  constructor(
    ask: (questions: readonly Q[]) => Promise<readonly A[]>,
    keptFor: Duration,
    now: () => number = () => performance.now(),
  ) {
    this.#ask = ask;
    this.#keptFor = keptFor;
    this.#now = now;
  }

  /** Rejects as `ask` does; that is nobody else's failure, the next one asks again. */
  get(key: string, question: Q): Promise<A> {
    const now = this.#now();
    this.#standing.set(key, { question, at: now });
    const age = now - this.#askedAt;
    // Who has had the answer looks again: it is soon everybody's turn.
    const isOld = age >= (this.#answers.has(key) ? this.#keptFor : this.#keptFor / 2);
    if (isOld) this.#askForAll(now);
    const found = this.#answers.get(key) ?? this.#askFor(key, question);
    this.#answers.delete(key);
    return found;
  }

  #askForAll(now: number): void {
    this.#askedAt = now;
    const answers = new Map<string, Promise<A>>();
    this.#answers = answers;
    for (const [key, { question, at }] of this.#standing) {
      if (now - at > REMEMBERED) {
        this.#standing.delete(key);
        continue;
      }
      const answer = this.#askFor(key, question);
      answers.set(key, answer);
      answer.catch(() => answers.delete(key));
    }
  }

  async #askFor(key: string, question: Q): Promise<A> {
    this.#batch ??= this.#newBatch();
    const { asked, answers } = this.#batch;
    asked.set(key, question);
    return (await answers).get(key) as A;
  }

  #newBatch(): Batch<Q, A> {
    const asked = new Map<string, Q>();
    const answers = new Promise((turn) => setImmediate(turn)).then(async () => {
      this.#batch = undefined;
      const got = await this.#ask([...asked.values()]);
      return new Map([...asked.keys()].map((key, index) => [key, got[index] as A]));
    });
    return { asked, answers };
  }
}
