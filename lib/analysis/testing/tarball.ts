import { gzipSync } from "node:zlib";

/** A member of a tar, written as given, even where no honest archive would have it. */
export interface TarMember {
  path: string;
  content?: string | Uint8Array;
  /** "0" a file, "2" a symbolic link, "1" a hard link, "5" a folder. */
  type?: "0" | "1" | "2" | "5";
  linkTarget?: string;
}

/** Creates a gzipped tar in the ustar format. Paths have at most 100 bytes. */
export function makeTarball(members: TarMember[]): Buffer {
  const blocks: Buffer[] = [];
  for (const member of members) {
    const content = Buffer.from(member.content ?? "");
    blocks.push(header(member, content.length), content, Buffer.alloc((512 - (content.length % 512)) % 512));
  }
  return gzipSync(Buffer.concat([...blocks, Buffer.alloc(1_024)]));
}

function header(member: TarMember, size: number): Buffer {
  if (Buffer.byteLength(member.path) > 100) throw new Error(`too long for this tar: ${member.path}`);
  const block = Buffer.alloc(512);
  const octal = (value: number, length: number) => `${value.toString(8).padStart(length - 1, "0")}\0`;
  block.write(member.path, 0);
  block.write(octal(0o644, 8), 100);
  block.write(octal(0, 8), 108);
  block.write(octal(0, 8), 116);
  block.write(octal(size, 12), 124);
  block.write(octal(0, 12), 136);
  block.write("        ", 148);
  block.write(member.type ?? "0", 156);
  block.write(member.linkTarget ?? "", 157);
  block.write("ustar\0" + "00", 257);
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}
