import type { Answerer } from "./answer-user.ts";
import type { GenesisMetrics } from "./genesis-metrics.ts";

export interface SelfTestOptions {
  readonly answerer: Answerer;
  readonly metrics: GenesisMetrics;
  /** Milliseconds between two runs. */
  readonly every: number;
}

export interface SelfTests {
  stop(): void;
}

/** How many users the tests play. Flags are on for some of them, as they are for people. */
const TESTS = 50;

/**
 * Runs the application's own tests over and over, on what is running: each asks as another user, and knows the right
 * answer. A request that fails is told by the error rate; what a test finds is an answer that is wrong.
 */
export function startSelfTests({ answerer, metrics, every }: SelfTestOptions): SelfTests {
  let running = false;
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    const users = Array.from({ length: TESTS }, (_none, index) => `test-${index}`);
    const answers = await Promise.all(users.map((user) => answerer.answer(user)));
    metrics.tellTests(answers.filter(({ right }) => right).length, TESTS);
    running = false;
  };
  void run();
  const timer = setInterval(() => void run(), every);
  return { stop: () => clearInterval(timer) };
}
