import { z } from "zod";
import type { SlackApi } from "./slack-api.ts";
import { SlackRefusal } from "./slack-failure.ts";

const listSchema = z.object({
  channels: z.array(z.object({ id: z.string(), name: z.string().optional() })),
  response_metadata: z.object({ next_cursor: z.string().optional() }).optional(),
});
const channelSchema = z.object({ channel: z.object({ id: z.string() }) });

/** Slack gives no more at once; with more channels than this times the pages one is not found. */
const PAGE = 1_000;
const PAGES = 20;

/** Slack's ids of channels, which most of its methods want instead of names. */
export class Conversations {
  readonly #ids = new Map<string, string>();

  remember(name: string, id: string): void {
    this.#ids.set(name, id);
  }

  /** Null: there is none with the name, or the app may not see it. */
  async idOf(api: SlackApi, name: string): Promise<string | null> {
    if (/^[CGD][A-Z0-9]{7,}$/.test(name)) return name;
    return this.#ids.get(name) ?? (await this.#find(api, name));
  }

  /**
   * Creates a public channel; one that is there is joined.
   * @returns its id; null: there is one with the name that the app may not see
   * @throws SlackRefusal, DeliveryError
   */
  async open(api: SlackApi, name: string): Promise<string | null> {
    const known = this.#ids.get(name);
    if (known !== undefined) return known;
    const created = await api
      .call("conversations.create", { name: name.replace(/^#/, "") }, channelSchema, name)
      .catch((error: unknown) => {
        if (error instanceof SlackRefusal && error.code === "name_taken") return null;
        throw error;
      });
    if (created !== null) {
      this.#ids.set(name, created.channel.id);
      return created.channel.id;
    }
    const id = await this.#find(api, name);
    if (id !== null) await this.join(api, id, name);
    return id;
  }

  async join(api: SlackApi, id: string, name: string): Promise<void> {
    await api.call("conversations.join", { channel: id }, z.object({}), name);
  }

  async #find(api: SlackApi, name: string): Promise<string | null> {
    const found = await this.#list(api, name, "public_channel,private_channel").catch((error: unknown) => {
      // To see private channels takes a scope more.
      if (error instanceof SlackRefusal && error.code === "missing_scope")
        return this.#list(api, name, "public_channel");
      throw error;
    });
    if (found !== null) this.#ids.set(name, found);
    return found;
  }

  async #list(api: SlackApi, name: string, types: string): Promise<string | null> {
    const wanted = name.replace(/^#/, "");
    let cursor: string | undefined;
    for (let page = 0; page < PAGES; page++) {
      const args = { types, exclude_archived: true, limit: PAGE, ...(cursor ? { cursor } : {}) };
      const answer = await api.call("conversations.list", args, listSchema, name);
      const found = answer.channels.find((channel) => channel.name === wanted);
      if (found !== undefined) return found.id;
      cursor = answer.response_metadata?.next_cursor;
      if (!cursor) return null;
    }
    return null;
  }
}
