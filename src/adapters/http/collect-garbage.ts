import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

/** Bodies from this size on leave tens of megabytes behind. */
const LARGE = 4 * 1024 ** 2;

/**
 * V8 would let the remains of several large bodies pile up before it looks at them; collected after each one, a flood of
 * them stays below 300 MB. It takes some 30 ms, when the reply is on its way.
 * @param bytes of the body
 */
export function collectAfter(bytes: number): void {
  if (bytes >= LARGE) setImmediate(collector());
}

let known: (() => void) | undefined;

/** Only asked for when it is needed: a context of its own is the way to it without an option of the command line. */
function collector(): () => void {
  if (known === undefined) {
    setFlagsFromString("--expose-gc");
    known = runInNewContext("gc") as () => void;
  }
  return known;
}
