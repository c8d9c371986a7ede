import { randomUUID } from "node:crypto";
import { OFREPWebProvider, type OFREPWebProviderOptions } from "@openfeature/ofrep-web-provider";
import {
  type Client,
  type EvaluationContext,
  OpenFeature,
  type Provider,
  ProviderEvents,
} from "@openfeature/web-sdk";
import { EventSource } from "eventsource";
import { until } from "../support/until.ts";

type Event = ProviderEvents.ConfigurationChanged | ProviderEvents.Stale | ProviderEvents.Error;

/** A request for all flags, as it was answered. */
export interface Asked {
  readonly status: number;
  readonly etag: string | null;
  /** What a stream told. */
  readonly told: string | null;
  readonly at: number;
}

/** A page with OpenFeature's SDK for browsers and its OFREP provider. */
export class Page {
  readonly asked: Asked[] = [];
  readonly client: Client;
  readonly #domain: string;
  readonly #provider: OFREPWebProvider;
  readonly #heard: Event[] = [];
  readonly #waiting: { readonly event: Event; readonly resolve: () => void }[] = [];

  /**
   * Nothing is asked before `open`.
   * @param domain OpenFeature's; what is kept in the browser is kept by it
   */
  constructor(
    baseUrl: string,
    options: Partial<OFREPWebProviderOptions> = {},
    domain: string = randomUUID(),
  ) {
    this.#domain = domain;
    this.#provider = new OFREPWebProvider({
      baseUrl,
      fetchImplementation: (input: unknown, init?: RequestInit) => this.#fetch(input as Request, init),
      ...options,
    });
    this.client = OpenFeature.getClient(this.#domain);
    this.client.setLogger({ error() {}, warn() {}, info() {}, debug() {} });
    for (const event of [
      ProviderEvents.ConfigurationChanged,
      ProviderEvents.Stale,
      ProviderEvents.Error,
    ] as const)
      this.client.addHandler(event, () => this.#hear(event));
  }

  /** @throws what the provider cannot begin without */
  async open(context: EvaluationContext): Promise<this> {
    // Its types are not meant for exactOptionalPropertyTypes.
    await OpenFeature.setProviderAndWait(this.#domain, this.#provider as Provider, context);
    return this;
  }

  setContext(context: EvaluationContext): Promise<void> {
    return OpenFeature.setContext(this.#domain, context);
  }

  isOn(key: string, byDefault = true): boolean {
    return this.client.getBooleanValue(key, byDefault);
  }

  /** Each event is heard once: what came before this was called too. */
  heard(event: Event): Promise<void> {
    const index = this.#heard.indexOf(event);
    if (index >= 0) {
      this.#heard.splice(index, 1);
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push({ event, resolve }));
  }

  /** How often it came and nobody has waited for it. */
  unheard(event: Event): number {
    return this.#heard.filter((one) => one === event).length;
  }

  changed(): Promise<void> {
    return this.heard(ProviderEvents.ConfigurationChanged);
  }

  #hear(event: Event): void {
    const index = this.#waiting.findIndex((waiting) => waiting.event === event);
    if (index < 0) this.#heard.push(event);
    else this.#waiting.splice(index, 1)[0]?.resolve();
  }

  async #fetch(request: Request, init?: RequestInit): Promise<Response> {
    const told = new URL(request.url).searchParams.get("flagConfigEtag");
    const etag = request.headers.get("if-none-match");
    const response = await fetch(request, init);
    this.asked.push({ status: response.status, etag, told, at: Date.now() });
    return response;
  }
}

/** Every stream that a page has opened, the latest one last. */
const streams: EventSource[] = [];
const STATES = ["connecting", "open", "closed"] as const;

class WatchedEventSource extends EventSource {
  constructor(url: string) {
    super(url);
    streams.push(this);
  }
}

/** The state of the stream that was opened last; all those before it are closed. */
export async function streamIs(state: (typeof STATES)[number]): Promise<void> {
  await until(
    `a stream that is ${state}`,
    () => streams.map(({ readyState }) => STATES[readyState]),
    (states) => states.pop() === state && states.every((other) => other === "closed"),
  );
}

/** What browsers have and Node 20 has not. */
export function asInBrowsers(...parts: ("EventSource" | "localStorage")[]): () => void {
  const kept = new Map<string, string>();
  const localStorage = {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  };
  const all: Record<string, unknown> = { EventSource: WatchedEventSource, localStorage };
  for (const part of parts) Reflect.set(globalThis, part, all[part]);
  return () => {
    for (const part of parts) Reflect.deleteProperty(globalThis, part);
  };
}
