/** Reads Server-Sent Events off a fetch response, one at a time. */

interface ServerEvent {
  id: string;
  event: string;
  data: unknown;
}

export interface EventReader {
  status: number;
  /** The next event; undefined when the server has ended the stream. */
  next: () => Promise<ServerEvent | undefined>;
  close: () => void;
}

export async function readEvents(url: string, headers: Record<string, string>): Promise<EventReader> {
  const abort = new AbortController();
  const response = await fetch(url, { headers, signal: abort.signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  const next = async (): Promise<ServerEvent | undefined> => {
    for (;;) {
      const end = buffer.indexOf("\n\n");
      if (end === -1) {
        const chunk = await reader?.read();
        if (chunk === undefined || chunk.done) return undefined;
        buffer += chunk.value;
        continue;
      }
      const block = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      const field = (name: string): string =>
        block
          .split("\n")
          .find((line) => line.startsWith(`${name}: `))
          ?.slice(name.length + 2) ?? "";
      // Comments and `retry` are no events.
      if (field("data") !== "") return { id: field("id"), event: field("event"), data: JSON.parse(field("data")) };
    }
  };
  return { status: response.status, next, close: () => abort.abort() };
}
