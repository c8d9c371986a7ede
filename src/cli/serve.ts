import { parseArgs } from "node:util";
import type { Policy } from "../domain/policy.ts";
import type { Command } from "./command.ts";
import { type Io, lines } from "./io.ts";

const help = lines(
  "usage: rollguard serve [--json]",
  "",
  "Takes Alertmanager's webhooks, turns flags off, and tells what it did. It is configured by the environment:",
  "",
  "  ROLLGUARD_LISTEN         address and port               127.0.0.1:9095",
  "  ROLLGUARD_POLICY         policy file or directory       rules/",
  "  ROLLGUARD_REDIS_URL      shared state (or …_FILE)       none: the embedded store",
  "  ROLLGUARD_REDIS_WAIT_REPLICAS  replicas that must",
  "                           have what is answered        0",
  "  ROLLGUARD_DATA           the embedded store, kept flags data/",
  "  ROLLGUARD_WEBHOOK_TOKEN  one or two tokens (or …_FILE)  none: loopback only",
  "  ROLLGUARD_TOKENS_FILE    tokens of people and programs  none: loopback only",
  "  ROLLGUARD_CORS_ORIGINS   pages that may evaluate flags  none",
  "  ROLLGUARD_EXTERNAL_URL   address that clients know      none: the one they ask",
  "  ROLLGUARD_STREAM_SECRET  signs streams (or …_FILE)      none: new at each start",
  "  ROLLGUARD_MAX_BODY       largest webhook                32 MiB",
  "  LOG_LEVEL                debug info warn error silent   info",
  "  a flag's key in capitals true or false: overrides it    none",
  "",
  "SIGHUP reads the policies again; SIGTERM and SIGINT finish what is in flight and stop.",
  "",
  "  --json   the three lines of the start as one JSON object",
);

export const serve: Command = {
  help,
  async run(argv, io) {
    const { values } = parseArgs({ args: [...argv], options: { json: { type: "boolean" } } });
    const signals = listenTo(io);
    // Loaded only now: a signal that comes meanwhile must find somebody who listens.
    const [{ settingsOf }, { startServer, version }] = await Promise.all([
      import("./settings-of.ts"),
      import("../compose.ts"),
    ]);
    const settings = settingsOf(io);
    const server = await startServer(settings);
    if (values.json) {
      const applications = server.policies.map(({ application }) => application.name);
      io.stdout(lines(JSON.stringify({ version, url: server.url, applications, store: server.store })));
    } else {
      io.stdout(
        lines(
          `Rollguard ${version} listens on ${server.url}`,
          `Policy: ${server.policies.map(describePolicy).join("; ")} (${settings.policy})`,
          `Store: ${server.store}`,
        ),
      );
    }
    signals.onHangup(() => void server.reload());
    const signal = await signals.stopped;
    io.stderr(lines(`${signal}: finishing what is in flight`));
    await server.stop();
    return 0;
  },
};

interface Signals {
  readonly stopped: Promise<string>;
  /** Also for a hangup that came before. */
  onHangup(callback: () => void): void;
}

/** Hears from now on: whoever does not listen is ended by SIGHUP, and cut off by SIGTERM. */
function listenTo(io: Io): Signals {
  let missed = false;
  let hangup = (): void => {
    missed = true;
  };
  io.onHangup(() => hangup());
  return {
    stopped: io.untilStopped(),
    onHangup(callback) {
      hangup = callback;
      if (missed) callback();
    },
  };
}

function describePolicy({ application, flags, triggers }: Policy): string {
  return `${application.name}, ${flags.size} flags, ${triggers.size} triggers`;
}
