import { z } from "zod";
import { faultOfBlocks, type SlackBlock } from "./slack-block-rules.ts";

export interface SlackChannel {
  readonly id: string;
  /** Without `#`. */
  readonly name: string;
  isPrivate: boolean;
  isArchived: boolean;
  /** The app is in it. */
  isMember: boolean;
}

/** A message as Slack keeps it. */
export interface SlackMessage {
  /** Name of its channel, without `#`. */
  readonly channel: string;
  readonly ts: string;
  /** `ts` of the message in whose thread it is; null: it is in the channel. */
  readonly thread: string | null;
  text: string;
  blocks: readonly SlackBlock[];
  metadata: { readonly event_type: string; readonly event_payload: Readonly<Record<string, unknown>> } | null;
  /** How often it was written anew. */
  updates: number;
}

/** Every scope that Rollguard has a use for. */
const ALL_SCOPES = [
  "chat:write",
  "channels:manage",
  "channels:join",
  "channels:read",
  "channels:history",
] as const;

export interface WorkspaceOptions {
  readonly token?: string;
  readonly scopes?: readonly string[];
  /** Public channels; the app is in all of them. */
  readonly channels?: readonly string[];
  /** The time of the first message; later ones come a second apart. */
  readonly now?: number;
}

type Args = Readonly<Record<string, unknown>>;
type Answer = Readonly<Record<string, unknown>>;

/** What Slack answers with `ok: false`. */
class Refused extends Error {
  readonly needed: string | undefined;

  constructor(code: string, needed?: string) {
    super(code);
    this.needed = needed;
  }
}

const MAX_PAGE = 1_000;
const contentSchema = z.object({
  text: z.string().max(4_000).optional(),
  blocks: z.unknown().optional(),
  metadata: z.object({ event_type: z.string(), event_payload: z.record(z.string(), z.unknown()) }).optional(),
});

/** The state behind Slack's Web API, and what the API does with it. */
export class SlackWorkspace {
  readonly channels: SlackChannel[] = [];
  readonly messages: SlackMessage[] = [];
  /** What Slack has refused for the way it was laid out. A test should find none. */
  readonly faults: string[] = [];
  token: string;
  scopes: Set<string>;
  #next: number;

  constructor({ token = "xoxb-sample-token", scopes = ALL_SCOPES, channels = [], now }: WorkspaceOptions) {
    this.token = token;
    this.scopes = new Set(scopes);
    this.#next = Math.floor((now ?? Date.now()) / 1_000);
    for (const name of channels) this.addChannel(name);
  }

  addChannel(name: string, over: Partial<SlackChannel> = {}): SlackChannel {
    const id = `C${String(this.channels.length + 1).padStart(9, "0")}`;
    const channel = { id, name, isPrivate: false, isArchived: false, isMember: true, ...over };
    this.channels.push(channel);
    return channel;
  }

  channel(name: string): SlackChannel {
    const found = this.channels.find((each) => each.name === name);
    if (found === undefined) throw new Error(`there is no channel ${name}`);
    return found;
  }

  /** As an incoming webhook does. */
  add(channel: string, content: unknown): SlackMessage {
    return this.#write({ id: this.channel(channel).id, thread: null }, content);
  }

  /** Somebody deletes a message, and what is in its thread. */
  delete(ts: string): void {
    const kept = this.messages.filter((each) => each.ts !== ts && each.thread !== ts);
    this.messages.splice(0, this.messages.length, ...kept);
  }

  /** Answers a call of the Web API. */
  call(method: string, authorization: string | undefined, args: Args): Answer {
    try {
      if (authorization !== `Bearer ${this.token}`) throw new Refused("invalid_auth");
      return { ok: true, ...this.#answer(method, args) };
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      const { message, needed } = error;
      return {
        ok: false,
        error: message,
        ...(needed === undefined ? {} : { needed, provided: [...this.scopes].join(",") }),
      };
    }
  }

  #answer(method: string, args: Args): Answer {
    switch (method) {
      case "auth.test":
        return { team: "Sample", user: "rollguard", bot_id: "B000000001" };
      case "chat.postMessage":
        return this.#post(args);
      case "chat.update":
        return this.#update(args);
      case "conversations.create":
        return this.#create(args);
      case "conversations.join":
        return this.#join(args);
      case "conversations.list":
        return this.#list(args);
      case "conversations.history":
        return this.#history(args);
      case "conversations.replies":
        return this.#replies(args);
      default:
        throw new Refused("unknown_method");
    }
  }

  #post(args: Args): Answer {
    this.#need("chat:write");
    const named = String(args.channel);
    const channel = this.channels.find(
      ({ id, name }) => id === named || `#${name}` === named || name === named,
    );
    if (channel === undefined || (channel.isPrivate && !channel.isMember))
      throw new Refused("channel_not_found");
    this.#mustBeWritable(channel);
    const thread = args.thread_ts === undefined ? null : String(args.thread_ts);
    if (thread !== null && !this.messages.some(({ ts }) => ts === thread))
      throw new Refused("thread_not_found");
    const message = this.#write({ id: channel.id, thread }, args);
    return { channel: channel.id, ts: message.ts, message: { ts: message.ts, text: message.text } };
  }

  #update(args: Args): Answer {
    this.#need("chat:write");
    const channel = this.#byId(args);
    this.#mustBeWritable(channel);
    const message = this.messages.find(({ ts, channel: name }) => ts === args.ts && name === channel.name);
    if (message === undefined) throw new Refused("message_not_found");
    const { metadata, ...content } = this.#checked(args);
    Object.assign(message, content, metadata === null ? {} : { metadata });
    message.updates += 1;
    return { channel: channel.id, ts: message.ts, text: message.text };
  }

  #create(args: Args): Answer {
    this.#need("channels:manage");
    const name = String(args.name);
    if (!/^[\p{Ll}\p{N}_-]{1,80}$/u.test(name)) throw new Refused("invalid_name_specials");
    if (this.channels.some((each) => each.name === name)) throw new Refused("name_taken");
    return { channel: { id: this.addChannel(name).id, name } };
  }

  #join(args: Args): Answer {
    this.#need("channels:join");
    const channel = this.#byId(args);
    if (channel.isArchived) throw new Refused("is_archived");
    if (channel.isPrivate) throw new Refused("method_not_supported_for_channel_type");
    channel.isMember = true;
    return { channel: { id: channel.id, name: channel.name } };
  }

  #list(args: Args): Answer {
    const types = String(args.types ?? "public_channel").split(",");
    this.#need("channels:read");
    if (types.includes("private_channel")) this.#need("groups:read");
    const seen = this.channels.filter(
      ({ isPrivate, isArchived, isMember }) =>
        (isPrivate ? types.includes("private_channel") && isMember : types.includes("public_channel")) &&
        !(isArchived && String(args.exclude_archived) === "true"),
    );
    const { page, more } = pageOf(seen, args);
    const channels = page.map(({ id, name, isMember }) => ({ id, name, is_member: isMember }));
    return { channels, response_metadata: { next_cursor: more } };
  }

  #history(args: Args): Answer {
    const { name } = this.#readable(args);
    const oldest = Number(args.oldest ?? 0);
    const all = this.messages.filter(
      ({ channel, thread, ts }) => channel === name && thread === null && Number(ts) > oldest,
    );
    return this.#shown(all.toReversed(), args);
  }

  #replies(args: Args): Answer {
    const { name } = this.#readable(args);
    const all = this.messages.filter(
      ({ channel, thread, ts }) => channel === name && (ts === args.ts || thread === args.ts),
    );
    if (all.length === 0) throw new Refused("thread_not_found");
    return this.#shown(all, args);
  }

  #shown(all: readonly SlackMessage[], args: Args): Answer {
    const { page, more } = pageOf(all, args);
    const isWhole = String(args.include_all_metadata) === "true";
    const messages = page.map(({ ts, thread, text, metadata }) => ({
      type: "message",
      ts,
      text,
      ...(thread === null ? {} : { thread_ts: thread }),
      ...(metadata === null
        ? {}
        : { metadata: isWhole ? metadata : { event_type: metadata.event_type, event_payload: {} } }),
    }));
    return { messages, has_more: more !== "", response_metadata: { next_cursor: more } };
  }

  #readable(args: Args): SlackChannel {
    this.#need("channels:history");
    const channel = this.#byId(args);
    if (!channel.isMember) throw new Refused("not_in_channel");
    return channel;
  }

  #byId(args: Args): SlackChannel {
    const found = this.channels.find(({ id }) => id === args.channel);
    if (found === undefined) throw new Refused("channel_not_found");
    return found;
  }

  #mustBeWritable(channel: SlackChannel): void {
    if (channel.isArchived) throw new Refused("is_archived");
    if (!channel.isMember && !this.scopes.has("chat:write.public")) throw new Refused("not_in_channel");
  }

  #need(scope: string): void {
    if (!this.scopes.has(scope)) throw new Refused("missing_scope", scope);
  }

  #write(where: { id: string; thread: string | null }, content: unknown): SlackMessage {
    const channel = this.channels.find(({ id }) => id === where.id)?.name ?? "";
    const ts = `${this.#next}.${String(100 * (this.messages.length + 1)).padStart(6, "0")}`;
    const message = { channel, ts, thread: where.thread, ...this.#checked(content), updates: 0 };
    this.#next += 1;
    this.messages.push(message);
    return message;
  }

  #checked(content: unknown): Pick<SlackMessage, "text" | "blocks" | "metadata"> {
    const parsed = contentSchema.safeParse(content);
    if (!parsed.success) throw this.#fault(`invalid_arguments ${z.prettifyError(parsed.error)}`);
    const { text = "", blocks = [], metadata = null } = parsed.data;
    const fault = faultOfBlocks(blocks);
    if (fault !== null) throw this.#fault(fault);
    if (text === "" && (blocks as readonly unknown[]).length === 0) throw this.#fault("no_text");
    return { text, blocks: blocks as readonly SlackBlock[], metadata };
  }

  #fault(fault: string): Refused {
    this.faults.push(fault);
    return new Refused(/^\w+/.exec(fault)?.[0] ?? "invalid_arguments");
  }
}

/** The cursor is where the next page begins. */
function pageOf<T>(all: readonly T[], { limit, cursor }: Args): { page: readonly T[]; more: string } {
  const from = Number(cursor ?? 0);
  const to = from + Math.min(Number(limit ?? 100), MAX_PAGE);
  return { page: all.slice(from, to), more: to < all.length ? String(to) : "" };
}
