// White noise that only depends on the pixel and a key: integers all the way, so that every driver has the same.

// The largest that noiseAt can be: four uniforms reach 2 from their mean.
const float NOISE_BOUND = 3.4641016;

// The finalizer of MurmurHash3 (Appleby): every bit of the input changes half of the output's.
uint mixed(uint value) {
  value = (value ^ (value >> 16)) * 0x85ebca6bu;
  value = (value ^ (value >> 13)) * 0xc2b2ae35u;
  return value ^ (value >> 16);
}

// Mean 0, standard deviation 1, nearly normal: the sum of four uniforms (Irwin-Hall), whose variance is 1/3.
float noiseAt(ivec2 pixel, uint key) {
  uint a = mixed(uint(pixel.x) ^ mixed(uint(pixel.y) ^ key));
  uint b = mixed(a + 1u);
  uint sum = (a & 0xffffu) + (a >> 16) + (b & 0xffffu) + (b >> 16);
  return (float(sum) / 65535.0 - 2.0) * 1.7320508;
}
