import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

export interface SlackSink {
  /** What Alertmanager takes for Slack's incoming webhook. */
  readonly url: string;
  stop(): Promise<void>;
}

interface SlackMessage {
  readonly attachments?: readonly { readonly title?: string; readonly text?: string }[];
}

/** Takes messages in the place of Slack. */
export async function startSlackSink(onMessage: (title: string, text: string) => void): Promise<SlackSink> {
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += String(chunk);
    for (const { title = "", text = "" } of (JSON.parse(body) as SlackMessage).attachments ?? []) {
      onMessage(title, text);
    }
    response.end("ok");
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
