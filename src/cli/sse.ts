/** One message of a stream of server-sent events. */
export interface SseMessage {
  readonly id: string;
  readonly event: string;
  readonly data: string;
}

/** A message that is longer is none of ours: UTF-16 units. */
const MAX_MESSAGE = 4_000_000;

/**
 * Reads a stream of server-sent events (WHATWG): pieces may end anywhere, comments are left out, and so is a message
 * that the end of the stream cuts off.
 */
export async function* readSse(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<SseMessage> {
  const decoder = new TextDecoder();
  let text = "";
  let id = "";
  let event = "";
  let data: string[] = [];
  for await (const piece of pieces) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MAX_MESSAGE) throw new Error("the stream has a message without an end");
    // A carriage return at the end may be half of a line's end.
    const parts = text.split(/\r\n|\n|\r(?!$)/);
    text = parts.pop() ?? "";
    for (const line of parts) {
      if (line === "") {
        if (data.length > 0) yield { id, event: event || "message", data: data.join("\n") };
        event = "";
        data = [];
        continue;
      }
      const [, field, value = ""] = /^([^:]*)(?:: ?(.*))?$/s.exec(line) ?? [];
      if (field === "id") id = value;
      else if (field === "event") event = value;
      else if (field === "data") data.push(value);
    }
  }
}
