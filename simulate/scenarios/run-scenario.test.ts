/** No job is lost or doubled, a seed repeats, and the rules of a job cost what they must. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { NATS_CORES } from "../mesh/capacities.js";
import { MADE_MEASURED } from "../mesh/made-measured.js";
import { runScenario } from "./run-scenario.js";
import { Scenario, type ScenarioInput } from "./scenario.js";

const pool = { workers: 4, cores: 1, startSeconds: 20 };

function scenario(more: Partial<ScenarioInput> = {}): Scenario {
  return Scenario.parse({
    ...{ name: "test", hours: 1, clips: [{ height: 360, seconds: 2 }] },
    arrivals: [{ kind: "steady", perHour: 1_000 }],
    pools: { depth: pool, render: pool, encode: pool },
    ...more,
  });
}

const run = (input: Scenario) => runScenario(input, { measured: MADE_MEASURED });

test("every job ends once, whatever happens to workers", () => {
  const hard = { ...pool, spotHours: 0.05, drainSeconds: 1 };
  for (const seed of [1, 2, 3]) {
    const result = run(
      scenario({
        seed,
        clips: [
          { height: 360, seconds: 2 },
          { height: 360, seconds: 20 },
        ],
        arrivals: [
          { kind: "steady", perHour: 200 },
          { kind: "burst", jobs: 100, atHour: 0.5 },
        ],
        pools: {
          depth: { ...hard, scaling: { least: 0, most: 4, cooldownSeconds: 30 } },
          render: { ...hard, scaling: { least: 0, most: 8, cooldownSeconds: 30 } },
          encode: { ...hard, scaling: { least: 0, most: 8, cooldownSeconds: 30 } },
        },
      }),
    );
    const { accepted, succeeded, failed, pools } = result;
    assert.ok(accepted > 200, `${accepted}`);
    assert.equal(succeeded + failed, accepted);
    assert.ok(failed < accepted / 10, `${failed} of ${accepted} failed`);
    assert.ok(pools.render.lostWorkers > 10 && pools.render.wastedPart > 0.01);
  }
});

test("a seed repeats, another one differs, and arrivals do not depend on the mesh", () => {
  const first = run(scenario());
  assert.deepEqual(run(scenario()), first);
  assert.notDeepEqual(run(scenario({ seed: 2 })).latency, first.latency);
  const other = run(scenario({ pools: { depth: pool, render: pool, encode: pool }, gateways: 3 }));
  assert.equal(other.accepted, first.accepted);
});

test("a job on an idle mesh takes the time of its stages", () => {
  const { latency, accepted } = run(
    scenario({ arrivals: [{ kind: "burst", jobs: 1, atHour: 0 }], frames: "socket" }),
  );
  assert.equal(accepted, 1);
  // Depth 0.4 to 0.6, scene 0.5, 60 frames of 50 ms, encode 0.2; some milliseconds of NATS.
  assert.ok(latency.p50 > 4.05 && latency.p50 < 4.45, `${latency.p50}`);
});

test("render holds its slot while encode works: more encoders do not help", () => {
  const burst: Partial<ScenarioInput> = { arrivals: [{ kind: "burst", jobs: 40, atHour: 0 }] };
  const few = run(scenario(burst));
  const pools = { depth: pool, render: pool, encode: { ...pool, workers: 40 } };
  const many = run(scenario({ ...burst, pools }));
  assert.ok(Math.abs(many.seconds / few.seconds - 1) < 0.02);
  const more = run(scenario({ ...burst, pools: { ...pools, render: { ...pool, workers: 8 } } }));
  assert.ok(more.seconds < 0.6 * many.seconds, `${more.seconds}, not half of ${many.seconds}`);
});

test("a lost worker costs a lease, and one of a divided clip its segment", () => {
  const once = (segmentSeconds: number, spotHours?: number) => {
    let seconds = 0;
    let lost = 0;
    for (let seed = 1; seed <= 30; seed++) {
      const workers = { ...pool, workers: 2, ...(spotHours && { spotHours }) };
      const result = run(
        scenario({
          ...{ seed, segmentSeconds, clips: [{ height: 360, seconds: 40 }] },
          arrivals: [{ kind: "burst", jobs: 1, atHour: 0 }],
          pools: { depth: pool, render: workers, encode: workers },
        }),
      );
      seconds += result.latency.p50;
      lost += result.pools.render.wastedPart + result.pools.encode.wastedPart;
    }
    return { seconds: seconds / 30, lost };
  };
  const whole = once(0, 0.05);
  const divided = once(5, 0.05);
  assert.equal(once(5).lost, 0);
  assert.ok(divided.lost > 0 && divided.lost < whole.lost / 2, `${divided.lost}, ${whole.lost}`);
  assert.ok(whole.seconds > once(0).seconds + 20);
});

test("a segment costs nats-server what was measured", () => {
  const divided = scenario({
    ...{ segmentSeconds: 5, clips: [{ height: 360, seconds: 20 }] },
    arrivals: [{ kind: "burst", jobs: 1, atHour: 0 }],
  });
  const busySeconds = (natsMsPerSegment: number) => {
    const segments = { ...MADE_MEASURED.segments, natsMsPerSegment };
    const result = runScenario(divided, { measured: { ...MADE_MEASURED, segments } });
    return result.natsUse * 3_600 * divided.hours;
  };
  const more = busySeconds(1_000) - busySeconds(0);
  assert.ok(Math.abs(more - 4 / NATS_CORES) < 0.01, `${more} s for four segments`);
});

test("lanes: of more than the mesh can do, the low lane waits longest", () => {
  const overload = scenario({
    lanes: { high: 1, normal: 1, low: 1 },
    arrivals: [{ kind: "burst", jobs: 600, atHour: 0 }],
  });
  const { high, normal, low } = run(overload).laneLatency;
  assert.ok(high.p50 < 0.7 * normal.p50 && normal.p50 < 0.9 * low.p50);
  // The low lane is not left until the end: it gets one of twelve orders from the start.
  assert.ok(low.p50 < low.p99 * 0.95);
});

test("a scaled pool grows with a burst, and is small again after it", () => {
  const scaled = { ...pool, workers: 1, scaling: { least: 1, most: 30 } };
  const result = run(
    scenario({
      arrivals: [
        { kind: "burst", jobs: 300, atHour: 0.1 },
        { kind: "steady", perHour: 10 },
      ],
      pools: { depth: scaled, render: scaled, encode: scaled },
    }),
  );
  const { render } = result.pools;
  assert.equal(render.mostWorkers, 30);
  assert.equal(result.moments.find(({ atSeconds }) => atSeconds > 3_500)?.workers.render, 1);
  assert.ok(render.meanWorkers < 10, `${render.meanWorkers}`);
});
