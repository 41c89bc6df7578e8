/** A client that sends its whole request before it reads any of the answer, as many HTTP libraries do. */
import { once } from "node:events";
import { connect } from "node:net";

/**
 * The status line of the answer to a POST of `bytes` bytes.
 *
 * @throws the socket's error when the server closes before everything is sent.
 */
export async function sendAllThenRead(
  url: string,
  { bytes, headers }: { bytes: number; headers: Readonly<Record<string, string>> },
): Promise<string> {
  const { hostname, port, pathname } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port) });
  try {
    await once(socket, "connect");
    socket.pause();
    const lines = Object.entries({ ...headers, host: hostname, "content-length": bytes });
    socket.write(`POST ${pathname} HTTP/1.1\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join("")}\r\n`);
    const chunk = Buffer.alloc(64 * 1024, "x");
    for (let left = bytes; left > 0; left -= chunk.length) {
      if (!socket.write(chunk.subarray(0, left))) await once(socket, "drain");
    }
    const [answer] = (await once(socket.resume(), "data")) as [Buffer];
    return answer.toString("latin1").split("\r\n")[0] ?? "";
  } finally {
    socket.destroy();
  }
}
