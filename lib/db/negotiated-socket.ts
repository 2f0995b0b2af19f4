import { connect as connectSocket, isIP, type Socket } from "node:net";
import { Duplex } from "node:stream";
import { connect as connectTls } from "node:tls";

/** PostgreSQL's SSLRequest: its length and its code (protocol 3.0, section 53.7). */
const SSL_REQUEST = Buffer.from([0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f]);
const YES = 0x53;
const NO = 0x4e;

/**
 * A connection to PostgreSQL that is encrypted where the server offers TLS and plain where it does not: libpq's
 * `sslmode=prefer`, which pg lacks. The certificate is not checked, since an attacker who can present a wrong one can also
 * decline TLS.
 *
 * pg uses it as its `stream`. It emits `connect` once both sides have agreed (protocol 3.0, section 53.2.10).
 */
export class NegotiatedSocket extends Duplex {
  #socket: Socket | null = null;
  #isAgreed = false;
  #isWaitingForData = false;
  #hasEnded = false;
  readonly #wishes: ((socket: Socket) => void)[] = [];

  /** @param port a TCP port, or the path of a Unix socket, on which nothing is negotiated */
  connect(port: number | string, host?: string): this {
    const isLocal = typeof port === "string" && Number.isNaN(Number(port));
    const socket = isLocal ? connectSocket(port) : connectSocket(Number(port), host);
    this.#use(socket);
    const refuse = () => this.destroy(closedEarly());
    socket.once("connect", () => {
      if (isLocal) return this.#agree(socket);
      socket.once("end", refuse);
      socket.once("data", (answer: Buffer) => {
        socket.off("end", refuse);
        if (answer.length === 1 && answer[0] === NO) this.#agree(socket);
        else if (answer.length === 1 && answer[0] === YES) this.#encrypt(socket, host);
        else this.destroy(new Error("The server does not answer as PostgreSQL does"));
      });
      socket.write(SSL_REQUEST);
    });
    return this;
  }

  setNoDelay(isOn?: boolean): this {
    return this.#wish((socket) => socket.setNoDelay(isOn));
  }

  setKeepAlive(isOn?: boolean, initialDelayMs?: number): this {
    return this.#wish((socket) => socket.setKeepAlive(isOn, initialDelayMs));
  }

  ref(): this {
    return this.#wish((socket) => socket.ref());
  }

  unref(): this {
    return this.#wish((socket) => socket.unref());
  }

  override _read(): void {
    this.#isWaitingForData = true;
    if (this.#isAgreed) this.#socket?.resume();
  }

  override _write(chunk: Buffer, encoding: BufferEncoding, callback: (error?: Error | null) => void): void {
    if (this.#socket) this.#socket.write(chunk, encoding, callback);
    else callback(closedEarly());
  }

  override _final(callback: (error?: Error | null) => void): void {
    if (this.#socket) this.#socket.end(() => callback());
    else callback();
  }

  override _destroy(error: Error | null, callback: (error?: Error | null) => void): void {
    this.#socket?.destroy();
    callback(error);
  }

  /** Reads buffered data to its end first: a server sends its reason before it hangs up. */
  readonly #onClose = () => {
    if (this.readableEnded) return this.destroy();
    this.once("end", () => this.destroy());
    this.#pushEnd();
  };

  #pushEnd(): void {
    if (this.#hasEnded) return;
    this.#hasEnded = true;
    this.push(null);
  }

  #use(socket: Socket): void {
    this.#socket = socket;
    socket.on("error", (error) => this.destroy(error));
    socket.once("close", this.#onClose);
    for (const wish of this.#wishes) wish(socket);
  }

  #encrypt(plain: Socket, host: string | undefined): void {
    const servername = host !== undefined && isIP(host) === 0 ? host : undefined;
    plain.off("close", this.#onClose);
    const socket = connectTls({ socket: plain, servername, rejectUnauthorized: false });
    this.#use(socket);
    socket.once("secureConnect", () => this.#agree(socket));
  }

  #agree(socket: Socket): void {
    this.#isAgreed = true;
    socket.on("data", (chunk: Buffer) => {
      if (!this.push(chunk)) socket.pause();
    });
    socket.once("end", () => this.#pushEnd());
    if (!this.#isWaitingForData) socket.pause();
    this.emit("connect");
  }

  /** Applies a socket option now, and to a socket that is created later. */
  #wish(wish: (socket: Socket) => void): this {
    this.#wishes.push(wish);
    if (this.#socket) wish(this.#socket);
    return this;
  }
}

function closedEarly(): Error {
  return Object.assign(new Error("Connection terminated unexpectedly"), { code: "ECONNRESET" });
}
