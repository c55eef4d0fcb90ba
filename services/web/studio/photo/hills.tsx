/** Hills in four layers, of which near ones move more: what the studio does to a photo. */
const LAYERS = [
  "M0 172 C80 120 140 150 210 128 S340 70 420 112 S560 132 640 96 S760 120 800 104 V400 H0Z",
  "M0 236 C70 190 150 176 230 206 S370 250 450 204 S600 150 680 190 S770 214 800 200 V400 H0Z",
  "M0 300 C90 262 170 250 260 276 S420 318 520 276 S680 232 800 276 V400 H0Z",
  "M0 356 C110 322 220 318 320 340 S540 376 640 338 S760 326 800 334 V400 H0Z",
] as const;

export function Hills() {
  return (
    <svg
      class="hills"
      viewBox="60 0 680 380"
      preserveAspectRatio="xMidYMax slice"
      aria-hidden="true"
    >
      <circle class="sun" cx="548" cy="92" r="38" />
      {LAYERS.map((path, i) => (
        <path key={path} class={`hill hill-${i}`} d={path} />
      ))}
    </svg>
  );
}
