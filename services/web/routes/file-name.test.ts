/** Names that a browser saves files under. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileNameParameters } from "./file-name.js";

test("a file has its own name unless another is asked for", () => {
  for (const asked of [undefined, "", "1", "true", "video.mp4"]) {
    assert.equal(fileNameParameters("video.mp4", asked), 'filename="video.mp4"');
  }
  assert.equal(
    fileNameParameters("video.mp4", "my (café) it's.mp4"),
    "filename=\"video.mp4\"; filename*=UTF-8''my%20%28caf%C3%A9%29%20it%27s.mp4",
  );
});

test("a name holds no folder, no control character and nothing that ends the header", () => {
  const nameOf = (asked: string) => {
    const encoded = fileNameParameters("a.png", asked).split("UTF-8''")[1];
    return encoded === undefined ? undefined : decodeURIComponent(encoded);
  };
  assert.equal(nameOf("../../etc/passwd"), "passwd");
  assert.equal(nameOf("C:\\x\\.hidden"), "hidden");
  assert.equal(nameOf('a"\r\nset-cookie: b'), "a___set-cookie_ b");
  assert.equal(nameOf(".."), undefined);
  assert.equal([...(nameOf(`${"x".repeat(500)}.png`) ?? "")].length, 200);
  for (const asked of ["\ud800.png", "\u0000", "a;b=c"]) {
    assert.match(fileNameParameters("a.png", asked), /^[ -~]*$/);
  }
});
