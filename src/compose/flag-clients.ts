import { randomBytes, randomUUID } from "node:crypto";
import { type EventStream, StreamUrls } from "../adapters/http/stream-urls.ts";
import { FlagClients, type FlagClientsOptions } from "../app/flag-clients.ts";
import { TellPropagation, type TellPropagationOptions } from "../app/tell-propagation.ts";
import type { Settings } from "../config/settings.ts";

interface Options extends Omit<TellPropagationOptions, "responder">, Omit<FlagClientsOptions, "report"> {
  readonly settings: Pick<Settings, "streamSecret" | "externalUrl" | "redisUrl">;
}

/** A bulk evaluation that is about to be answered. */
export interface BulkAnswer {
  readonly application: string;
  /** The same for the same client: of application, credential and evaluation context. */
  readonly clientKey: string;
  readonly revision: number;
  /** It was asked for because a stream said so: it has `flagConfigEtag`. */
  readonly told?: boolean;
}

export interface ComposedFlagClients {
  readonly flagClients: FlagClients;
  readonly streamUrls: StreamUrls;
  /** Counts the client, and says where it is told of changes. */
  onBulk(answer: BulkAnswer): readonly EventStream[];
  stop(): Promise<void>;
}

/** Everything that knows of the clients that evaluate flags. */
export function composeFlagClients(options: Options): ComposedFlagClients {
  const { settings, clock, logger } = options;
  const { streamSecret, externalUrl, redisUrl } = settings;
  if (streamSecret === null && redisUrl !== null)
    logger.info(
      {},
      "event streams are known to this responder only: where several are behind one address, set ROLLGUARD_STREAM_SECRET",
    );
  const propagation = new TellPropagation({ ...options, responder: randomUUID() });
  const flagClients = new FlagClients({
    ...options,
    report: (application, wave) => propagation.tell(application, wave),
  });
  const streamUrls = new StreamUrls({ secret: streamSecret ?? randomBytes(32), externalUrl });
  return {
    flagClients,
    streamUrls,
    onBulk: ({ application, ...fetched }) => {
      flagClients.fetched(application, fetched);
      return [streamUrls.of(application, fetched.clientKey, clock.now())];
    },
    async stop() {
      flagClients.stop();
      await propagation.stop();
    },
  };
}
