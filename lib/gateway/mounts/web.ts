import {
  type ByteSource,
  type GatewayRequest,
  type GatewayResponse,
  HIGH_WATER_BYTES,
  isByteSource,
} from "../http/exchange.ts";

/**
 * Mounts the gateway on web Request and Response, for route handlers: Vercel has no other way in, and `npm run dev` uses it to reload
 * code.
 *
 * @param handle must not reject
 */
export async function handleWebRequest(
  request: Request,
  handle: (request: GatewayRequest) => Promise<GatewayResponse>,
): Promise<Response> {
  const { status, headers, body } = await handle({
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body: request.body?.getReader() ?? null,
    signal: request.signal,
  });
  return new Response(isByteSource(body) ? toWebStream(body) : toBodyInit(body), { status, headers });
}

function toWebStream(source: ByteSource): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>(
    {
      start: (controller) => source.start(controller),
      pull: () => source.pull(),
      cancel: () => source.cancel(),
    },
    { highWaterMark: HIGH_WATER_BYTES, size: (chunk) => chunk.byteLength },
  );
}

/** Wraps bytes in a stream: `new Response` would copy them twice. */
function toBodyInit(body: Buffer | string | null): BodyInit | null {
  if (body === null || typeof body === "string") return body;
  return new ReadableStream({
    start(controller) {
      controller.enqueue(body);
      controller.close();
    },
  });
}
