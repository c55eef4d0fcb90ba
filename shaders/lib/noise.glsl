// White noise that depends only on the pixel and a key. It is computed with integers, so that every
// driver gives the same.

// The largest absolute value of noiseAt: the sum of four uniforms is at most 2 from its mean, times
// √3.
const float NOISE_BOUND = 3.4641016;

// The finalizer of MurmurHash3 (Austin Appleby): each input bit changes about half of the output
// bits.
uint mixed(uint value) {
  value = (value ^ (value >> 16)) * 0x85ebca6bu;
  value = (value ^ (value >> 13)) * 0xc2b2ae35u;
  return value ^ (value >> 16);
}

// Nearly normal noise with mean 0 and standard deviation 1: the sum of four uniforms (Irwin-Hall),
// whose variance is 1/3, less its mean 2 and times √3.
float noiseAt(ivec2 pixel, uint key) {
  uint a = mixed(uint(pixel.x) ^ mixed(uint(pixel.y) ^ key));
  uint b = mixed(a + 1u);
  uint sum = (a & 0xffffu) + (a >> 16) + (b & 0xffffu) + (b >> 16);
  return (float(sum) / 65535.0 - 2.0) * 1.7320508;
}
