import { crc32 } from "node:zlib";

function record(signature: number, fields: readonly (readonly [number, 2 | 4])[]): Buffer {
  const size = fields.reduce((sum, [, bytes]) => sum + bytes, 4);
  const buffer = Buffer.alloc(size);
  let at = buffer.writeUInt32LE(signature, 0);
  for (const [value, bytes] of fields) {
    at = bytes === 2 ? buffer.writeUInt16LE(value, at) : buffer.writeUInt32LE(value, at);
  }
  return buffer;
}

/**
 * A zip archive of texts by their path, without compression.
 *
 * @see https://pkware.cachefly.net/webdocs/casestudies/APPNOTE.TXT (4.3.7, 4.3.12, 4.3.16)
 */
export function zip(files: Readonly<Record<string, string>>): Buffer {
  const locals: Buffer[] = [];
  const entries: Buffer[] = [];
  let offset = 0;
  for (const [path, text] of Object.entries(files)) {
    const [name, data] = [Buffer.from(path), Buffer.from(text)];
    const version = [20, 2] as const;
    // No flags, no compression, no time; then the date, which may not be 0: the first day of 1980.
    const common = [
      [0, 2],
      [0, 2],
      [0, 2],
      [33, 2],
      [crc32(data), 4],
      [data.length, 4],
      [data.length, 4],
      [name.length, 2],
      [0, 2],
    ] as const;
    const local = [record(0x04034b50, [version, ...common]), name, data];
    const places = [
      [0, 2],
      [0, 2],
      [0, 2],
      [0, 4],
      [offset, 4],
    ] as const;
    entries.push(record(0x02014b50, [version, version, ...common, ...places]), name);
    locals.push(...local);
    offset += Buffer.concat(local).length;
  }
  const directory = Buffer.concat(entries);
  const count = Object.keys(files).length;
  const end = record(0x06054b50, [
    [0, 2],
    [0, 2],
    [count, 2],
    [count, 2],
    [directory.length, 4],
    [offset, 4],
    [0, 2],
  ]);
  return Buffer.concat([...locals, directory, end]);
}
