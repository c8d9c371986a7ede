import { afterEach, beforeEach, describe, expect, it, jest } from "@jest/globals";
import { ASKS_WITHIN, Audience, WAVE_WAITS, type Wave } from "../../src/app/audience.ts";

const START = 1_790_000_000_000;

let waves: Wave[];
let audience: Audience;

beforeEach(() => {
  jest.useFakeTimers({ now: START });
  waves = [];
  audience = new Audience({
    revision: 3,
    clock: { now: () => Date.now() },
    report: (wave) => void waves.push(wave),
  });
});

afterEach(() => {
  audience.stop();
  jest.useRealTimers();
});

const fetched = (clientKey: string, revision: number, told = false) =>
  audience.fetched({ clientKey, revision, told });

/** Clients that have fetched what is served, and listen. */
const listening = (...keys: string[]) =>
  keys.map((key) => {
    fetched(key, audience.revision);
    return audience.connect(key, false);
  });

describe("who has the flags as they are now", () => {
  it("counts who polls until it has not come for five minutes", () => {
    fetched("a", 3);
    fetched("b", 2);
    expect(audience.count()).toEqual({ current: 1, stale: 1 });
    jest.advanceTimersByTime(200_000);
    fetched("b", 3);
    expect(audience.count()).toEqual({ current: 2, stale: 0 });
    jest.advanceTimersByTime(100_001);
    expect(audience.count()).toEqual({ current: 1, stale: 0 });
  });

  it("remembers ten thousand of those, the latest ones", () => {
    for (let index = 0; index < 10_010; index += 1) fetched(`c${index}`, 3);
    expect(audience.count()).toEqual({ current: 10_000, stale: 0 });
  });

  it("counts who listens until it goes; it does not poll any more", () => {
    const [a, b] = listening("a", "b");
    expect(audience.count()).toEqual({ current: 2, stale: 0 });
    audience.told(4);
    expect(audience.count()).toEqual({ current: 0, stale: 2 });
    fetched("a", 4);
    expect(audience.count()).toEqual({ current: 1, stale: 1 });
    b?.leave();
    b?.leave();
    a?.leave();
    expect(audience.count()).toEqual({ current: 0, stale: 0 });
  });

  it("counts clients that cannot be told apart as many as there are", () => {
    const [first] = listening("a", "a", "a");
    audience.told(4);
    fetched("a", 4, true);
    expect(audience.count()).toEqual({ current: 1, stale: 2 });
    first?.leave();
    expect(audience.count()).toEqual({ current: 0, stale: 2 });
    fetched("a", 3);
    expect(audience.count()).toEqual({ current: 0, stale: 2 });
  });

  it("makes everybody stale that is told, though the revision stays: a policy was read again", () => {
    listening("a");
    audience.told(3);
    expect(audience.count()).toEqual({ current: 0, stale: 1 });
    fetched("a", 3);
    expect(audience.count()).toEqual({ current: 1, stale: 0 });
  });

  it("does not count who asks here and listens elsewhere", () => {
    fetched("a", 3);
    fetched("a", 3, true);
    expect(audience.count()).toEqual({ current: 0, stale: 0 });
  });
});

describe("who comes", () => {
  it("again is behind: it was told, and that the request which followed came here is not known", () => {
    expect(audience.connect("a", true).behind).toBe(true);
    fetched("b", 3);
    expect(audience.connect("b", true).behind).toBe(true);
    fetched("b", 3, true);
    expect(audience.connect("b", true).behind).toBe(true);
  });

  it("for the first time is behind when it is not known what it has, or that is old", () => {
    expect(audience.connect("a", false).behind).toBe(true);
    fetched("b", 2);
    expect(audience.connect("b", false).behind).toBe(true);
    fetched("c", 3);
    expect(audience.connect("c", false).behind).toBe(false);
    expect(audience.connect("c", false).behind).toBe(false);
  });

  it("right after a change is behind, though others with its key have asked since: it may have been answered before", () => {
    listening("a");
    // A page is answered; before it listens there is a change, and the other one asks.
    fetched("a", 3);
    audience.told(4);
    fetched("a", 4, true);
    expect(audience.connect("a", false).behind).toBe(true);
    jest.advanceTimersByTime(300_000);
    expect(audience.connect("a", false).behind).toBe(false);
  });

  it("right after a change is behind, though another one that does not listen has asked with its key", () => {
    fetched("a", 3);
    audience.told(4);
    fetched("a", 4);
    fetched("a", 4);
    fetched("b", 4);
    expect(audience.connect("a", false).behind).toBe(true);
    expect(audience.connect("b", false).behind).toBe(false);
  });

  it("and asks because it is loaded does not ask for another one with its key", () => {
    const [stuck] = listening("a", "a");
    audience.told(4);
    fetched("a", 4, true);
    fetched("a", 4);
    expect(stuck?.stillBehind()).toBe(1);
    fetched("a", 4, true);
    expect(stuck?.stillBehind()).toBe(0);
  });
});

describe("the way of a change", () => {
  it("is told when the last one has asked, with the time of that", () => {
    listening("a", "b", "b");
    audience.told(4);
    jest.advanceTimersByTime(100);
    fetched("a", 4);
    fetched("b", 4);
    expect(waves).toEqual([]);
    jest.advanceTimersByTime(80);
    fetched("b", 5);
    const whole = { revision: 4, before: 3, clients: 3, reached: 3, elsewhere: 0, at: START + 180 };
    expect(waves).toEqual([whole]);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves).toEqual([whole]);
  });

  it("does not wait for who has gone, nor count it", () => {
    const [, b] = listening("a", "b");
    audience.told(4);
    fetched("a", 4);
    b?.leave();
    expect(waves).toMatchObject([{ clients: 1, reached: 1 }]);
  });

  it("is told as it is after ten seconds", () => {
    listening("a", "b");
    audience.told(4);
    fetched("a", 4);
    fetched("b", 3);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves).toMatchObject([{ clients: 2, reached: 1, at: START }]);
    fetched("b", 4);
    expect(waves).toHaveLength(1);
  });

  it("is nothing to tell where nobody listens, and nobody who does elsewhere asks", () => {
    fetched("poller", 3);
    audience.told(4);
    fetched("poller", 4);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves).toEqual([]);
  });

  it("waits for who is hung up on, and comes back", () => {
    const [a, b] = listening("a", "b");
    audience.told(4);
    fetched("b", 4, true);
    jest.advanceTimersByTime(ASKS_WITHIN);
    a?.hangUp();
    a?.leave();
    b?.leave();
    jest.advanceTimersByTime(1_000);
    audience.connect("a", true);
    fetched("a", 4, true);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves.at(-1)).toMatchObject({ clients: 2, reached: 2, elsewhere: 0, at: START + 4_000 });
  });

  it("counts once who listens elsewhere, is hung up on there, and asks here again", () => {
    listening("a");
    audience.told(4);
    fetched("a", 4, true);
    // Two pages that share a key, and one that is told twice.
    fetched("visitors", 4, true);
    fetched("visitors", 4, true);
    jest.advanceTimersByTime(ASKS_WITHIN + 1_000);
    fetched("visitors", 4, true);
    fetched("late", 4, true);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves.at(-1)).toMatchObject({ clients: 1, reached: 1, elsewhere: 3 });
  });

  it("is told at the end with those that ask here and listen elsewhere", () => {
    listening("a");
    audience.told(4);
    fetched("x", 4, true);
    jest.advanceTimersByTime(5);
    fetched("a", 4, true);
    expect(waves).toEqual([]);
    jest.advanceTimersByTime(WAVE_WAITS);
    expect(waves).toEqual([{ revision: 4, before: 3, clients: 1, reached: 1, elsewhere: 1, at: START + 5 }]);
  });

  it("does not count who came later", () => {
    listening("a");
    audience.told(4);
    listening("late");
    fetched("late", 4);
    fetched("a", 4);
    expect(waves).toMatchObject([{ clients: 1, reached: 1 }]);
  });

  it("is followed for eight changes at once", () => {
    listening("a");
    for (let revision = 4; revision < 13; revision += 1) audience.told(revision);
    expect(waves).toMatchObject([{ revision: 4, before: 3, clients: 1, reached: 0, at: null }]);
    fetched("a", 12);
    expect(waves.map(({ reached }) => reached)).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
  });
});
