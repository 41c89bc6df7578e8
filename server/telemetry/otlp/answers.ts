/** OTLP answers in the content type of the request: export responses with their partial success, and `google.rpc.Status`. */

/** The two encodings of OTLP/HTTP. */
export type OtlpEncoding = "protobuf" | "json";

export const CONTENT_TYPES: Readonly<Record<OtlpEncoding, string>> = {
  protobuf: "application/x-protobuf",
  json: "application/json",
};

/** The encoding a content type names; undefined for any other. */
export function encodingOf(contentType: string): OtlpEncoding | undefined {
  const type = contentType.split(";")[0]?.trim().toLowerCase();
  if (type === "application/x-protobuf" || type === "application/protobuf") return "protobuf";
  return type === "application/json" ? "json" : undefined;
}

/** What the client is told of a batch that was taken: a message with nothing rejected is a warning. */
export interface PartialSuccess {
  rejected: number;
  message: string;
}

/** Body of a 200. `member` is `rejectedSpans` or `rejectedLogRecords`; both have number 1 in protobuf. */
export function exportResponse(
  encoding: OtlpEncoding,
  member: "rejectedSpans" | "rejectedLogRecords",
  { rejected, message }: PartialSuccess,
): Buffer {
  const isFull = rejected === 0 && message === "";
  if (encoding === "json") {
    return Buffer.from(
      JSON.stringify(
        isFull
          ? {}
          : { partialSuccess: { ...(rejected > 0 ? { [member]: String(rejected) } : {}), errorMessage: message } },
      ),
    );
  }
  if (isFull) return Buffer.alloc(0);
  return field(1, Buffer.concat([...(rejected > 0 ? [varintField(1, rejected)] : []), field(2, Buffer.from(message))]));
}

/** gRPC codes of the HTTP errors that are answered here. */
const CODES: Readonly<Record<number, number>> = {
  400: 3,
  401: 16,
  403: 7,
  404: 5,
  405: 12,
  413: 8,
  415: 3,
  429: 8,
  503: 14,
};
const UNKNOWN_CODE = 2;

/** Body of an error. */
export function statusBody(encoding: OtlpEncoding, httpStatus: number, message: string): Buffer {
  const code = CODES[httpStatus] ?? UNKNOWN_CODE;
  if (encoding === "json") return Buffer.from(JSON.stringify({ code, message }));
  return Buffer.concat([varintField(1, code), field(2, Buffer.from(message))]);
}

function varintField(number: number, value: number): Buffer {
  return Buffer.from([number * 8, ...varint(value)]);
}

function field(number: number, content: Buffer): Buffer {
  return Buffer.concat([Buffer.from([number * 8 + 2, ...varint(content.length)]), content]);
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80);
  return [...bytes, rest];
}
