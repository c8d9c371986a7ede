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
/** So many run at once; more would be a load of their own. */
const AT_ONCE = 10;

/**
 * Runs the application's own tests over and over, on what is running: each asks as another user, and knows the right
 * answer. A request that fails is told by the error rate; what a test finds is an answer that is wrong.
 */
export function startSelfTests({ answerer, metrics, every }: SelfTestOptions): SelfTests {
  let running = false;
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    let passed = 0;
    for (let first = 0; first < TESTS; first += AT_ONCE) {
      const users = Array.from({ length: AT_ONCE }, (_none, index) => `test-${first + index}`);
      const answers = await Promise.all(users.map((user) => answerer.answer(user)));
      passed += answers.filter(({ right }) => right).length;
    }
    metrics.tellTests(passed, TESTS);
    running = false;
  };
  void run();
  const timer = setInterval(() => void run(), every);
  return { stop: () => clearInterval(timer) };
}
