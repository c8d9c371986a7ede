// Loaded into a process with `NODE_OPTIONS=--import=…`: its clock is so many milliseconds ahead of the machine's.
const SKEW = Number(process.env.TEST_CLOCK_AHEAD);
const RealDate = Date;

globalThis.Date = class extends RealDate {
  constructor(...given) {
    if (given.length === 0) super(RealDate.now() + SKEW);
    else super(...given);
  }

  static now() {
    return RealDate.now() + SKEW;
  }
};
