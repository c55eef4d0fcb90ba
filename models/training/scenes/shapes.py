"""Plain shapes in space, for what no family of scenes shows."""
import math
import numpy as np
from .masks import blob_mask
from .objects import clutter
from .plants import bush
from .setting import camera, ground, place, sky
from .textures import palette


def sc_shapes(rng, S):
    """Domain randomisation: planes + boxes + blobs + crowns at random places, one dominant ground."""
    C = camera(rng, S, rng.uniform(35, 75), rng.normal(8, 9), rng.uniform(.6, 2.4), 3.); sky(C)
    if rng.random() < .9: ground(C, None, rng.choice([12, 40, 400]))
    if rng.random() < .6: yw = rng.normal(0, .5); e = np.array([math.cos(yw), 0, -math.sin(yw)]) * 60; p = np.array([0, 0, rng.uniform(3, 15)]); C.poly([p - e, p + e, p + e + [0, 40, 0], p - e + [0, 40, 0]], C.mat())
    for X, Z in sorted([place(C, 1.2, 12, 1.) for _ in range(rng.integers(4, 20))], key=lambda t: -t[1]):
        k = rng.integers(5); u, v, z = C.project((X, 0, Z)); z = max(z, .3); s = rng.uniform(.1, .9); kk = C.f / z; C.shadow(X, Z, s)
        if k == 0: C.cuboid((X, 0 if rng.random() < .8 else rng.uniform(0, 1.5), Z), *(s * rng.uniform(.3, 1., 3)), rng.uniform(0, 3), C.mat(), C.mat())
        elif k == 1: clutter(C, u, v, z, s * kk * .6)
        elif k == 2: w, h = s * kk * rng.uniform(.5, 2, 2); C.sprite(blob_mask(rng, min(w, 2 * S), min(h, 2 * S)), int(u - w / 2), int(v - h), z, C.mat(), relief=s * .4)
        elif k == 3: bush(C, X, Z, 2 * s, 2 * s, tint=palette(rng))
        else:
            for _ in range(rng.integers(1, 6)): a = rng.normal(-1.57, .6); l = s * kk * rng.uniform(.5, 3); C.capsule((u, v), (u + l * math.cos(a), v + l * math.sin(a)), s * kk * rng.uniform(.03, .25), s * kk * rng.uniform(.03, .2), z, z + rng.normal(0, .2), None, C.mat())
    if rng.random() < .3: C.focus = (rng.uniform(1.2, 5), rng.uniform(.3, 2.))
    C.fog = rng.choice([0, 0, rng.uniform(0, .08)])
    return C
