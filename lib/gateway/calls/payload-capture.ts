/** Bytes that are kept of a request, and of a response. */
const MAX_BYTES = 16 * 1024;

/** Request and response of a call, as the text on the wire. It still holds the server's secrets: redact it before it is kept. */
export interface CallPayload {
  request: string;
  response: string;
  isRequestCut: boolean;
  isResponseCut: boolean;
}

/** Collects the beginning of a call's request and response, where the deployment's owner has them recorded. */
export class PayloadCapture {
  readonly #request: Buffer;
  readonly #isRequestCut: boolean;
  readonly #response: Buffer[] = [];
  #responseBytes = 0;
  #isResponseCut = false;

  /**
   * @param head the beginning of the request's body
   * @param isWhole whether the head is the whole body
   */
  constructor(head: Buffer, isWhole: boolean) {
    this.#request = copyStart(head, MAX_BYTES);
    this.#isRequestCut = !isWhole || head.length > MAX_BYTES;
  }

  addResponse(chunk: Buffer): void {
    const room = MAX_BYTES - this.#responseBytes;
    if (chunk.length > room) this.#isResponseCut = true;
    if (room <= 0) return;
    const part = copyStart(chunk, room);
    this.#response.push(part);
    this.#responseBytes += part.length;
  }

  finish(): CallPayload {
    return {
      request: this.#request.toString("utf8"),
      response: Buffer.concat(this.#response).toString("utf8"),
      isRequestCut: this.#isRequestCut,
      isResponseCut: this.#isResponseCut,
    };
  }
}

/** Copies the beginning of a chunk: a view would keep all of it in memory. */
function copyStart(chunk: Buffer, maxBytes: number): Buffer {
  return Buffer.from(chunk.subarray(0, maxBytes));
}
