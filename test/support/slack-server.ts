import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { textsIn } from "./slack-block-rules.ts";
import { type SlackMessage, SlackWorkspace, type WorkspaceOptions } from "./slack-workspace.ts";

export type { SlackMessage } from "./slack-workspace.ts";

/** What goes wrong with a call. */
export type SlackFault =
  /** Slack's own `ok: false`, or what an incoming webhook says with 403. */
  | { readonly error: string; readonly status?: number }
  | { readonly status: number; readonly retryAfter?: number; readonly body?: string }
  /** No answer; a connection that is cut; one that is cut after Slack has done what it was asked for. */
  | { readonly connection: "hangs" | "drops" | "drops-afterwards" };

export interface FaultOptions {
  /** A method such as `chat.postMessage`, or `webhook`; absent: whatever comes. */
  readonly on?: string;
  /** Absent: always, until `heal()`. */
  readonly times?: number;
}

export interface SlackServer {
  /** What a `WebClient` takes for `slackApiUrl`. */
  readonly apiUrl: string;
  /** An incoming webhook, which posts to the first of the channels. */
  readonly webhookUrl: string;
  /** Channels, messages, scopes: to look at, and to change. */
  readonly workspace: SlackWorkspace;
  /** What was called, in order: methods, and `webhook`. */
  readonly calls: readonly string[];
  /** Messages that are in the channel itself, the oldest first. */
  posts(channel: string): SlackMessage[];
  /** What is in the thread of a message, the oldest first. */
  thread(message: SlackMessage | undefined): SlackMessage[];
  fail(fault: SlackFault, options?: FaultOptions): void;
  heal(): void;
  stop(): Promise<void>;
}

interface Planned {
  readonly fault: SlackFault;
  readonly on: string | undefined;
  left: number;
}

/** Behaves like Slack's Web API and an incoming webhook, as far as Rollguard has to do with them, and keeps what is posted. */
export async function startSlackServer(options: WorkspaceOptions = {}): Promise<SlackServer> {
  const workspace = new SlackWorkspace({ channels: ["genesis-alerts"], ...options });
  const calls: string[] = [];
  const planned: Planned[] = [];

  const takeFault = (call: string): SlackFault | null => {
    const found = planned.find(({ on, left }) => left > 0 && (on === undefined || on === call));
    if (found !== undefined) found.left -= 1;
    return found?.fault ?? null;
  };

  const server = createServer(async (request, response) => {
    const path = request.url ?? "/";
    const call = path.startsWith("/api/")
      ? path.slice("/api/".length)
      : path.startsWith(HOOK)
        ? "webhook"
        : path;
    const body = await bodyOf(request);
    calls.push(call);
    const fault = takeFault(call);
    if (fault !== null && "connection" in fault) {
      if (fault.connection === "hangs") return;
      if (fault.connection === "drops-afterwards") answer(call, request, body);
      request.socket.destroy();
      return;
    }
    const { status, text, headers } = fault === null ? answer(call, request, body) : faulty(call, fault);
    end(response, status, text, headers);
  });

  const answer = (call: string, request: IncomingMessage, body: string): Reply => {
    if (call !== "webhook") {
      return json(workspace.call(call, request.headers.authorization, argsOf(request, body)));
    }
    if (request.url !== HOOK) return { status: 404, text: "no_service" };
    try {
      workspace.add(workspace.channels[0]?.name ?? "", JSON.parse(body));
      return { status: 200, text: "ok" };
    } catch (error) {
      return { status: 400, text: error instanceof Error ? error.message : "invalid_payload" };
    }
  };

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    apiUrl: `${url}/api/`,
    webhookUrl: `${url}${HOOK}`,
    workspace,
    calls,
    posts: (channel) => workspace.messages.filter((each) => each.channel === channel && each.thread === null),
    thread: (message) =>
      workspace.messages.filter((each) => message !== undefined && each.thread === message.ts),
    fail: (fault, { on, times = Number.POSITIVE_INFINITY } = {}) =>
      void planned.push({ fault, on, left: times }),
    heal: () => void planned.splice(0, planned.length),
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}

/** Everything that a message shows, one text a line, as a reader sees it. */
export function shownText({ text, blocks }: Pick<SlackMessage, "text" | "blocks">): string {
  return (blocks.length === 0 ? [text] : textsIn(blocks))
    .join("\n")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
}

/** The secret part of the address is what tests look for in errors and logs. */
const HOOK = "/services/T00000001/B00000001/sEcReTsEcReTsEcReTsEcReT";

interface Reply {
  readonly status: number;
  readonly text: string;
  readonly headers?: Readonly<Record<string, string>>;
}

function json(value: unknown): Reply {
  return { status: 200, text: JSON.stringify(value), headers: { "content-type": "application/json" } };
}

function faulty(call: string, fault: Exclude<SlackFault, { connection: string }>): Reply {
  if ("error" in fault) {
    if (call === "webhook") return { status: fault.status ?? 403, text: fault.error };
    return { ...json({ ok: false, error: fault.error }), status: fault.status ?? 200 };
  }
  const { status, retryAfter, body = "" } = fault;
  return {
    status,
    text: body,
    headers: retryAfter === undefined ? {} : { "retry-after": String(retryAfter) },
  };
}

/** A form, in which whatever is no text is JSON; or JSON. */
function argsOf(request: IncomingMessage, body: string): Record<string, unknown> {
  if (request.headers["content-type"]?.startsWith("application/json")) return JSON.parse(body);
  return Object.fromEntries(
    [...new URLSearchParams(body)].map(([name, value]) => [
      name,
      name === "blocks" || name === "metadata" ? JSON.parse(value) : value,
    ]),
  );
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += String(chunk);
  return body;
}

function end(response: ServerResponse, status: number, text: string, headers: Reply["headers"] = {}): void {
  response.writeHead(status, headers);
  response.end(text);
}
