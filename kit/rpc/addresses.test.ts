/** Lists of addresses, and a channel to several servers of which one goes away. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Client, credentials, experimental, Server, ServerCredentials } from "@grpc/grpc-js";
import { eventually } from "../../testing/eventually.js";
import { addressesIn, exposedIn, shuffled, targetOf, withPortsMoved } from "./addresses.js";
import { callUnary, MESH_CHANNEL_OPTIONS } from "./client.js";

test("a text is one address or several, and each is looked at", () => {
  assert.deepEqual(addressesIn(" a:1, b:2 ,,c:3"), ["a:1", "b:2", "c:3"]);
  assert.equal(targetOf("gateway:7412"), "gateway:7412");
  assert.equal(targetOf("a:1, b:2"), "list:a:1,b:2");
  assert.equal(exposedIn("127.0.0.1:7410, [::1]:7410, localhost:1"), undefined);
  assert.equal(exposedIn("127.0.0.1:7410,10.0.0.1:7410"), "10.0.0.1:7410");
  assert.equal(withPortsMoved("a:7410,[::1]:8410", 1), "a:7411,[::1]:8411");
  assert.deepEqual([...addressesIn(shuffled("a:1,b:2,c:3"))].sort(), ["a:1", "b:2", "c:3"]);
});

const bytes = (buffer: Buffer) => buffer;
const NAME = {
  path: "/test.Servers/Name",
  ...{ requestStream: false, responseStream: false },
  ...{ requestSerialize: bytes, requestDeserialize: bytes },
  ...{ responseSerialize: bytes, responseDeserialize: bytes },
};

/** A server that answers with its name. */
async function serve(name: string, port = 0): Promise<{ port: number; stop: () => void }> {
  const server = new Server();
  server.addService(
    { name: NAME },
    { name: (_call: unknown, done: (e: null, b: Buffer) => void) => done(null, Buffer.from(name)) },
  );
  const bound = await new Promise<number>((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, found) =>
      error ? reject(error) : resolve(found),
    ),
  );
  return { port: bound, stop: () => server.forceShutdown() };
}

test("a channel goes to the next address when a server dies, and back when that dies too", async () => {
  const [one, two] = [await serve("one"), await serve("two")];
  const list = `localhost:${one.port},127.0.0.1:${two.port},127.0.0.1:1`;
  const client = new Client(targetOf(list), credentials.createInsecure(), MESH_CHANNEL_OPTIONS);
  const name = () =>
    callUnary<Buffer>((metadata, done) =>
      client.makeUnaryRequest(
        NAME.path,
        bytes,
        bytes,
        Buffer.alloc(0),
        metadata,
        { deadline: Date.now() + 10_000 },
        (error, answer) => done(error, answer as Buffer),
      ),
    ).then(String);
  // A call that was begun on the broken connection fails; the next ones do not.
  const answers = (who: string) =>
    eventually(`${who} answers`, async () => (await name().catch(() => "")) === who);
  assert.equal(await name(), "one");
  one.stop();
  await answers("two");
  const again = await serve("one again", one.port);
  assert.equal(await name(), "two", "a connection that works is kept");
  two.stop();
  await answers("one again");
  again.stop();
  await assert.rejects(name(), { reason: "SERVICE_UNAVAILABLE" });
  client.close();
});

test("a name that takes long to be found holds up no other, and is used when it is found", async () => {
  let findSlow = () => {};
  class Names implements experimental.Resolver {
    readonly #tell: () => void;

    constructor({ path }: experimental.GrpcUri, listener: experimental.ResolverListener) {
      const address = { host: path, port: 1 };
      const value = [{ addresses: [address] }];
      this.#tell = () => void listener({ ok: true, value }, {}, null, "");
      if (path.startsWith("slow")) findSlow = this.#tell;
    }

    updateResolution(): void {
      if (this.#tell !== findSlow) this.#tell();
    }

    destroy(): void {}

    static getDefaultAuthority = () => "";
  }
  experimental.registerResolver("dns", Names);
  const told: string[] = [];
  const resolver = experimental.createResolver(
    { scheme: "list", path: "slow:1,fast:1" },
    (found) => {
      const all = found.ok ? found.value.flatMap(({ addresses }) => addresses) : [];
      told.push(all.map((address) => ("host" in address ? address.host : "")).join(" "));
      return true;
    },
    {},
  );
  resolver.updateResolution();
  assert.deepEqual(told, []);
  await eventually("the fast one is told", () => told.length === 1);
  findSlow();
  resolver.destroy();
  assert.deepEqual(told, ["fast:1", "slow:1 fast:1"]);
});
