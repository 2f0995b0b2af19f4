// Parses the responses that arrive on one connection (RFC 9112). It owns the framing and its bounds; connections and what a response
// means are its callers'. A machine may be hostile: whatever is ambiguous about where a response ends is an error, never a guess.

/** Status line, header lines and trailers together. */
const MAX_HEAD_BYTES = 16 * 1024;
const MAX_LINE_CHARACTERS = 4 * 1024;
const MAX_INTERIM_RESPONSES = 16;
const STATUS_LINE_PATTERN = /^HTTP\/1\.([01]) (\d{3})(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const FIELD_NAME_PATTERN = /^[\w!#$%&'*+.^`|~-]+$/;
const CONTROL_PATTERN = /[^\t\x20-\x7e\x80-\xff]/;
const DECIMAL_PATTERN = /^\d{1,15}$/;
const CHUNK_SIZE_PATTERN = /^([0-9a-f]{1,12})[\t ]*(?:;[\t\x20-\x7e\x80-\xff]*)?$/i;
const HEAD_END = "\r\n\r\n";

/** The head of a response. */
export interface ResponseHead {
  status: number;
  /** Names in lower case. Repeated fields are joined with a comma. */
  headers: Record<string, string>;
  /** The connection can carry another request after this response. */
  isKeptAlive: boolean;
}

export interface ResponseHandler {
  onHead(head: ResponseHead): void;
  onData(chunk: Buffer): void;
  /** The response is complete. */
  onEnd(): void;
}

/** The bytes are not a response, or one whose end is not certain. */
export class ResponseFormatError extends Error {
  override readonly name = "ResponseFormatError";
}

type State = "head" | "length" | "chunk-size" | "chunk-data" | "chunk-end" | "trailers" | "until-close";

/** Parser of the responses of one connection. */
export class ResponseParser {
  readonly #handler: ResponseHandler;
  #state: State = "head";
  /** The beginning of a head that has not arrived whole. */
  #pending: Buffer | null = null;
  /** The beginning of a line of a chunked body. */
  #line = "";
  #remainingBytes = 0;
  #trailerCharacters = 0;
  #interimResponses = 0;
  /** The last bytes completed a response. */
  #isComplete = false;
  /** Data of a chunked body in the bytes that are being read: where it has been moved together. */
  #gathered: { bytes: Buffer; from: number; to: number } | null = null;

  constructor(handler: ResponseHandler) {
    this.#handler = handler;
  }

  /** Takes bytes as they arrive. Throws ResponseFormatError, after which the connection is of no further use. */
  push(chunk: Buffer): void {
    this.#isComplete = false;
    try {
      for (let at = 0; at < chunk.length; ) {
        if (this.#isComplete) throw new ResponseFormatError("more follows the response than was asked for");
        at = this.#take(chunk, at);
      }
    } finally {
      this.#handGathered();
    }
  }

  /** The connection has ended: completes a response that ends with it. */
  end(): void {
    if (this.#state === "until-close") this.#complete();
  }

  /** Takes some bytes from an offset on. Returns the offset of the next. */
  #take(chunk: Buffer, at: number): number {
    switch (this.#state) {
      case "head":
        return this.#takeHead(chunk, at);
      case "length":
      case "chunk-data":
        return this.#takeData(chunk, at);
      case "until-close":
        this.#handler.onData(at === 0 ? chunk : chunk.subarray(at));
        return chunk.length;
      default:
        return this.#takeLine(chunk, at);
    }
  }

  #takeHead(chunk: Buffer, at: number): number {
    const isWhole = this.#pending === null;
    const bytes = this.#pending === null ? chunk : Buffer.concat([this.#pending, chunk.subarray(at)]);
    const from = isWhole ? at : 0;
    const end = bytes.indexOf(HEAD_END, from, "latin1");
    if ((end === -1 ? bytes.length : end) - from > MAX_HEAD_BYTES)
      throw new ResponseFormatError("the head is too long");
    if (end === -1) {
      // The chunk's memory may be used for what arrives next.
      this.#pending = isWhole ? Buffer.from(bytes.subarray(from)) : bytes;
      return chunk.length;
    }
    const consumed = end + HEAD_END.length - from - (this.#pending?.length ?? 0);
    this.#pending = null;
    this.#begin(bytes.toString("latin1", from, end));
    return at + consumed;
  }

  #begin(text: string): void {
    const lineEnd = text.indexOf("\r\n");
    const statusLine = STATUS_LINE_PATTERN.exec(lineEnd === -1 ? text : text.slice(0, lineEnd));
    if (statusLine === null) throw new ResponseFormatError("this is no response");
    const status = Number(statusLine[2]);
    const headers = lineEnd === -1 ? {} : parseFields(text, lineEnd + 2);
    if (status < 200) {
      this.#skipInterim(status);
      return;
    }
    this.#interimResponses = 0;
    const isPersistent = statusLine[1] === "1" ? !hasToken(headers.connection, "close") : false;
    const framing = readFraming(status, headers);
    this.#handler.onHead({ status, headers, isKeptAlive: isPersistent && framing !== "until-close" });
    if (framing === "chunked") this.#state = "chunk-size";
    else if (framing === "until-close") this.#state = "until-close";
    else if (framing === 0) this.#complete();
    else {
      this.#state = "length";
      this.#remainingBytes = framing;
    }
  }

  #skipInterim(status: number): void {
    this.#interimResponses++;
    if (status === 101) throw new ResponseFormatError("the protocol was changed unasked");
    if (this.#interimResponses > MAX_INTERIM_RESPONSES) throw new ResponseFormatError("interim responses without end");
  }

  #takeData(chunk: Buffer, at: number): number {
    const end = Math.min(chunk.length, at + this.#remainingBytes);
    this.#remainingBytes -= end - at;
    const isLast = this.#remainingBytes === 0;
    if (this.#state === "length") {
      this.#handler.onData(at === 0 && end === chunk.length ? chunk : chunk.subarray(at, end));
      if (isLast) this.#complete();
    } else {
      this.#gather(chunk, at, end);
      if (isLast) this.#state = "chunk-end";
    }
    return end;
  }

  /**
   * Moves the data of several chunks together, over what stood between them, to hand it on in one piece: each event of a stream comes as a
   * chunk of its own, and costs several times as much alone.
   */
  #gather(bytes: Buffer, from: number, to: number): void {
    if (this.#gathered === null) {
      this.#gathered = { bytes, from, to };
      return;
    }
    bytes.copyWithin(this.#gathered.to, from, to);
    this.#gathered.to += to - from;
  }

  #handGathered(): void {
    if (this.#gathered === null) return;
    const { bytes, from, to } = this.#gathered;
    this.#gathered = null;
    this.#handler.onData(bytes.subarray(from, to));
  }

  #takeLine(chunk: Buffer, at: number): number {
    const newline = chunk.indexOf(0x0a, at);
    const end = newline === -1 ? chunk.length : newline + 1;
    if (this.#line.length + end - at > MAX_LINE_CHARACTERS) throw new ResponseFormatError("a line is too long");
    this.#line += chunk.toString("latin1", at, end);
    if (newline === -1) return end;
    const line = this.#line;
    this.#line = "";
    if (!line.endsWith("\r\n")) throw new ResponseFormatError("a line does not end as it should");
    this.#onLine(line.slice(0, -2));
    return end;
  }

  #onLine(line: string): void {
    if (this.#state === "chunk-end") {
      if (line !== "") throw new ResponseFormatError("a chunk is longer than announced");
      this.#state = "chunk-size";
    } else if (this.#state === "chunk-size") {
      const size = CHUNK_SIZE_PATTERN.exec(line)?.[1];
      if (size === undefined) throw new ResponseFormatError("a chunk has no size");
      this.#remainingBytes = Number.parseInt(size, 16);
      this.#state = this.#remainingBytes === 0 ? "trailers" : "chunk-data";
    } else if (line === "") {
      this.#trailerCharacters = 0;
      this.#complete();
    } else {
      this.#trailerCharacters += line.length;
      if (this.#trailerCharacters > MAX_HEAD_BYTES) throw new ResponseFormatError("the trailers are too long");
    }
  }

  #complete(): void {
    this.#handGathered();
    this.#state = "head";
    this.#isComplete = true;
    this.#handler.onEnd();
  }
}

function parseFields(text: string, from: number): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let start = from; start < text.length; ) {
    const found = text.indexOf("\r\n", start);
    const end = found === -1 ? text.length : found;
    const colon = text.indexOf(":", start);
    if (colon === -1 || colon > end) throw new ResponseFormatError("a header has no name");
    const name = text.slice(start, colon);
    const value = text.slice(colon + 1, end).trim();
    // A line that begins with a space would continue the one before it in old versions of HTTP: its name is none.
    if (!FIELD_NAME_PATTERN.test(name) || CONTROL_PATTERN.test(value))
      throw new ResponseFormatError("a header has a character that it must not have");
    addField(headers, name.toLowerCase(), value);
    start = end + 2;
  }
  return headers;
}

function addField(headers: Record<string, string>, name: string, value: string): void {
  const before = Object.hasOwn(headers, name) ? headers[name] : undefined;
  headers[name] = before === undefined ? value : `${before}, ${value}`;
}

/** How a response ends (RFC 9112, section 6.3): after so many bytes, with a last chunk, or with the connection. */
function readFraming(status: number, headers: Record<string, string>): number | "chunked" | "until-close" {
  const { "content-length": length, "transfer-encoding": encoding } = headers;
  if (length !== undefined && (encoding !== undefined || !DECIMAL_PATTERN.test(length)))
    throw new ResponseFormatError("the length is not certain");
  if (encoding !== undefined && encoding.toLowerCase() !== "chunked")
    throw new ResponseFormatError("the transfer encoding is unknown");
  if (status === 204 || status === 304) return 0;
  if (encoding !== undefined) return "chunked";
  return length === undefined ? "until-close" : Number(length);
}

function hasToken(value: string | undefined, token: string): boolean {
  return (
    value
      ?.toLowerCase()
      .split(",")
      .some((part) => part.trim() === token) ?? false
  );
}
