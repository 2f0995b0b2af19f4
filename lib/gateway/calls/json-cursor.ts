/**
 * Reads a few members of a JSON text that may be truncated anywhere, without building the other values. It does not
 * validate: malformed text yields whatever came before the error.
 */
export class JsonCursor {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The first character of the next value; empty at the end of the text. */
  peek(): string {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return this.#text.charAt(this.#at);
      this.#at++;
    }
  }

  /**
   * Goes through an object's members. The visitor may read the value; one that it leaves is skipped. Ends early at what is no
   * object, at broken JSON, and where the text is cut off.
   */
  members(visit: (key: string) => void): void {
    if (this.peek() !== "{") return;
    this.#at++;
    while (this.peek() === '"') {
      const key = this.scalar();
      if (typeof key !== "string" || this.peek() !== ":") return;
      this.#at++;
      this.peek();
      const start = this.#at;
      visit(key);
      if (this.#at === start && !this.#skip()) return;
      if (this.peek() !== ",") break;
      this.#at++;
    }
    if (this.peek() === "}") this.#at++;
  }

  /** A string or a number; undefined, with nothing read, when the next value is another or is cut off. */
  scalar(): string | number | undefined {
    const first = this.peek();
    if (first !== '"' && first !== "-" && !(first >= "0" && first <= "9")) return undefined;
    const start = this.#at;
    const end = first === '"' ? this.#stringEnd() : this.#wordEnd();
    if (end === -1) return undefined;
    this.#at = end;
    const text = this.#text.slice(start, end);
    // Without an escape the text is its own value. A control character would make it invalid JSON, which this does not
    // check.
    if (first === '"' && !text.includes("\\")) return text.slice(1, -1);
    try {
      return JSON.parse(text) as string | number;
    } catch {
      this.#at = start;
      return undefined;
    }
  }

  /** Returns the offset after the closing quote of the string that begins here; -1 when it is truncated. */
  #stringEnd(): number {
    for (let at = this.#at + 1; ; at++) {
      at = this.#text.indexOf('"', at);
      if (at === -1) return -1;
      let slashes = 0;
      while (this.#text.charCodeAt(at - 1 - slashes) === 0x5c) slashes++;
      if (slashes % 2 === 0) return at + 1;
    }
  }

  /**
   * Returns the offset after the number, true, false or null that begins here; -1 at the end of the text, because more
   * could follow.
   */
  #wordEnd(): number {
    const end = /[\s,\]}]/g;
    end.lastIndex = this.#at;
    return end.exec(this.#text)?.index ?? -1;
  }

  #skip(): boolean {
    let depth = 0;
    do {
      const char = this.peek();
      if (char === "") return false;
      if (char === '"') {
        const end = this.#stringEnd();
        if (end === -1) return false;
        this.#at = end;
      } else if (char === "{" || char === "[") {
        depth++;
        this.#at++;
      } else if (char === "}" || char === "]") {
        depth--;
        this.#at++;
      } else if (char === "," || char === ":") {
        this.#at++;
      } else {
        const end = this.#wordEnd();
        if (end === -1 || end === this.#at) return false;
        this.#at = end;
      }
    } while (depth > 0);
    return true;
  }
}
