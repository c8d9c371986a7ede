import type { ServedApplication } from "./answers.ts";
import { clientOf, fetchServed, fetchTimelines } from "./applications.ts";
import { endOf } from "./end-of.ts";
import { followLedger } from "./follow-ledger.ts";
import { type CliClock, type ExitCode, type Io, lines } from "./io.ts";
import { Screen } from "./screen.ts";
import type { ServerClient } from "./server-client.ts";
import { clockOf } from "./system-clock.ts";
import { applicationLines } from "./text/application-text.ts";
import { json, printable } from "./text/printable.ts";
import type { Scene } from "./text/scene.ts";
import { styleOf } from "./text/style.ts";
import { clockTime } from "./text/times.ts";

/** Clocks run every second. Milliseconds, as all of these. */
const REDRAW = 1_000;
/** Checks that decide nothing are no events: what they measured is asked for this often. */
const LOOK_AGAIN = 5_000;
/** While the server is away. */
const TRY_AGAIN = 2_000;
/** Streams at once. Of more applications it looks every so often only: a server has not room for many. */
const MOST_STREAMS = 10;

interface WatchOptions {
  /** Only this application. */
  readonly name: string | undefined;
  readonly asJson: boolean;
  readonly io: Io;
}

/** Shows the status until it is stopped, through restarts of the server too. @throws Failure when there is none at first */
export async function watchStatus(options: WatchOptions): Promise<ExitCode> {
  const { io, name, asJson } = options;
  const watch = new StatusWatch(clientOf(io), name, clockOf(io), endOf(io));
  await watch.look();
  if (watch.isOver) return 0;
  if (watch.problem !== null) throw watch.problem;
  const following = watch.follow();
  const canDraw = io.terminal !== undefined && io.environment.TERM !== "dumb";
  if (canDraw && !asJson) await drawScreen(watch, io, new Screen(io.stdout, io.terminal));
  else await printChanges(watch, options);
  await following;
  return 0;
}

/** For files and programs: the whole again after each event. */
async function printChanges(watch: StatusWatch, { io, asJson }: WatchOptions): Promise<void> {
  let printed = "";
  let isAway = false;
  while (!watch.isOver) {
    const revisions = watch.views.map(({ application, revision }) => `${application} ${revision}`).join();
    if (revisions !== printed) {
      const text = asJson ? json({ applications: watch.views }) : sceneOf(watch, io).join("\n");
      io.stdout(lines(...(printed === "" || asJson ? [] : [""]), text));
      printed = revisions;
    }
    if (watch.problem !== null && !isAway)
      io.stderr(lines(`${printable(watch.problem.message)}: waiting for it to come back`));
    if (watch.problem === null && isAway) io.stderr(lines("the server is back"));
    isAway = watch.problem !== null;
    await watch.next();
  }
}

async function drawScreen(watch: StatusWatch, io: Io, screen: Screen): Promise<void> {
  const { paint } = styleOf(io);
  try {
    while (!watch.isOver) {
      const now = clockTime(watch.now());
      const { problem, askedAt } = watch;
      const foot =
        problem === null
          ? paint.dim(`${now}  Ctrl-C leaves`)
          : paint.red(
              `${now}  trying again; this is as of ${clockTime(askedAt)}: ${printable(problem.message)}`,
            );
      screen.draw([...sceneOf(watch, io), ""], foot);
      await watch.next();
    }
  } finally {
    screen.close();
  }
  // What was seen last stays on the terminal.
  io.stdout(lines(...sceneOf(watch, io)));
}

function sceneOf(watch: StatusWatch, io: Io): string[] {
  const { views, askedAt, several, timelines } = watch;
  const scene: Scene = { style: styleOf(io), now: watch.now(), askedAt, several, timelines };
  return views.flatMap((view, index) => [...(index === 0 ? [] : [""]), ...applicationLines(view, scene)]);
}

/** What is known of the applications, kept up to date. */
class StatusWatch {
  views: readonly ServedApplication[] = [];
  timelines: Scene["timelines"] = new Map();
  askedAt = 0;
  /** Why the server could not be asked the last time. */
  problem: Error | null = null;
  several = false;
  readonly #client: ServerClient;
  readonly #name: string | undefined;
  readonly #clock: CliClock;
  readonly #signal: AbortSignal;
  #wake = new AbortController();
  #changed = false;
  #lookAt = 0;
  #looking: Promise<void> | null = null;

  constructor(client: ServerClient, name: string | undefined, clock: CliClock, signal: AbortSignal) {
    this.#client = client;
    this.#name = name;
    this.#clock = clock;
    this.#signal = signal;
  }

  get isOver(): boolean {
    return this.#signal.aborted;
  }

  now(): number {
    return this.#clock.now();
  }

  async look(): Promise<void> {
    this.#changed = false;
    try {
      const { views, several } = await fetchServed(this.#client, this.#name, this.#signal);
      this.timelines = await fetchTimelines(this.#client, views, this.#signal);
      this.views = views;
      this.several = several;
      this.problem = null;
    } catch (error) {
      this.problem = error as Error;
    }
    this.askedAt = this.problem === null ? this.now() : this.askedAt;
    this.#lookAt = this.now() + (this.problem === null ? LOOK_AGAIN : TRY_AGAIN);
  }

  /** Resolves when there is something new to show, and a second has passed at the latest. */
  async next(): Promise<void> {
    if (this.#looking === null && (this.#changed || this.now() >= this.#lookAt)) {
      this.#looking = this.look().finally(() => {
        this.#looking = null;
        this.#wake.abort();
      });
    }
    await this.#clock.sleep(REDRAW, AbortSignal.any([this.#signal, this.#wake.signal]));
    if (this.#wake.signal.aborted) this.#wake = new AbortController();
  }

  /** Looks again with each event of the ledgers. Without them it still looks every so often. */
  async follow(): Promise<void> {
    if (this.views.length > MOST_STREAMS) return;
    const clock = this.#clock;
    const signal = this.#signal;
    const each = this.views.map(async ({ application, revision }) => {
      const news = followLedger({ client: this.#client, application, after: revision, clock, signal });
      for await (const _ of news) this.#awaken();
    });
    await Promise.allSettled(each);
  }

  #awaken(): void {
    this.#changed = true;
    this.#wake.abort();
  }
}
