/** Seeded damage to files, as transfers, disks and attackers cause it. */

type Random = () => number;
type Mutation = (bytes: Buffer, random: Random) => Buffer;

/** A random position, more often near the start, where the structure of a file is. */
const somewhere = (bytes: Buffer, random: Random) =>
  Math.floor(bytes.length * random() ** (1 + 3 * random()));

const MUTATIONS: readonly Mutation[] = [
  function flipBits(bytes, random) {
    for (let i = 0; i <= 8 * random(); i++) {
      const at = somewhere(bytes, random);
      bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(8 * random()));
    }
    return bytes;
  },
  function setBytes(bytes, random) {
    const values = [0, 1, 0x7f, 0x80, 0xff, Math.floor(256 * random())];
    for (let i = 0; i <= 8 * random(); i++) {
      bytes[somewhere(bytes, random)] = values[Math.floor(values.length * random())] ?? 0;
    }
    return bytes;
  },
  function setLengths(bytes, random) {
    const at = Math.min(bytes.length - 4, somewhere(bytes, random));
    const values = [0, 1, 0x7fffffff, 0x80000000, 0xffffffff, bytes.length, 65535];
    const value = values[Math.floor(values.length * random())] ?? 0;
    if (random() < 0.5) bytes.writeUInt32BE(value, at);
    else bytes.writeUInt32LE(value, at);
    return bytes;
  },
  function cut(bytes, random) {
    return bytes.subarray(0, Math.floor(bytes.length * random()));
  },
  function remove(bytes, random) {
    const at = somewhere(bytes, random);
    const end = at + 1 + Math.floor(64 * random());
    return Buffer.concat([bytes.subarray(0, at), bytes.subarray(end)]);
  },
  function repeat(bytes, random) {
    const at = somewhere(bytes, random);
    const part = bytes.subarray(at, at + Math.floor(512 * random()));
    return Buffer.concat([bytes.subarray(0, at), part, part, bytes.subarray(at)]);
  },
  function fill(bytes, random) {
    const at = somewhere(bytes, random);
    const end = Math.min(bytes.length, at + Math.floor(256 * random()));
    return bytes.fill(Math.floor(256 * random()), at, end);
  },
];

/** A copy of `original` with a few random mutations. */
export function mutated(original: Buffer, random: Random): Buffer {
  let bytes: Buffer = Buffer.from(original);
  for (let i = 0; i <= 3 * random() ** 2 && bytes.length > 8; i++) {
    const mutation = MUTATIONS[Math.floor(MUTATIONS.length * random())];
    if (mutation) bytes = mutation(bytes, random);
  }
  return bytes;
}
