import Sequencer from "@jest/test-sequencer";

/** Takes minutes on any machine: stages have to bake. */
const LONGEST = "/test/e2e/rollout.test.ts";
const WAITING = /\/test\/(e2e|stack)\//;

/**
 * Has Jest start the files first that mostly wait for real servers, and the longest of them before all others: one worker
 * waits while the other computes, and none is left waiting alone at the end. Jest knows what takes long from its cache
 * only; without one, as on a fresh clone, it begins with the biggest files, and the longest is a small one.
 */
// biome-ignore lint/style/noDefaultExport: Jest takes a sequencer's default export.
export default class WaitingFirst extends Sequencer {
  sort(tests) {
    // Among equals it is Jest's own order: what failed last time, then what took long.
    return super.sort(tests).sort((a, b) => rankOf(a) - rankOf(b));
  }
}

function rankOf({ path }) {
  if (path.endsWith(LONGEST)) return 0;
  return WAITING.test(path) ? 1 : 2;
}
