/** An event stream, read by a real client. */
export interface ReadStream {
  readonly status: number;
  readonly headers: Headers;
  /** Everything that came so far. */
  text(): string;
  /** `id` of each event that has data, in their order. */
  ids(): string[];
  readonly ended: Promise<void>;
  close(): void;
}

export async function readStream(url: string, headers: Record<string, string> = {}): Promise<ReadStream> {
  const reader = new AbortController();
  const response = await fetch(url, { headers, signal: reader.signal });
  let text = "";
  const read = async (): Promise<void> => {
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? [])
      text += decoder.decode(chunk as Uint8Array, { stream: true });
  };
  return {
    status: response.status,
    headers: response.headers,
    text: () => text,
    ids: () => [...text.matchAll(/^id: (\d+)\nevent: message$/gm)].map(([, id]) => String(id)),
    ended: read().catch(() => undefined),
    close: () => reader.abort(),
  };
}
