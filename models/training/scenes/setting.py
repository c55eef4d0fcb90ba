"""What scenes begin with: sky, ground, a camera, and places to stand."""
import math
import cv2
import numpy as np
from .canvas import Canvas
from .textures import TEX, palette

F32 = np.float32


def sky(C, lo=0.):
    """Gradient sky with clouds / sunset / overcast; covers the whole canvas with disparity 0."""
    r = C.rng; S = C.S; k = r.random()
    hz = float(np.clip(S / 2 - C.f * math.tan(math.asin(C.sp)), 1, S * 2))
    t = np.clip(C.py / hz, 0, 1)[..., None]
    if k < .5: a, b = np.array([.25, .5, .85]) * r.uniform(.7, 1.1), np.array([.75, .86, .95]) * r.uniform(.85, 1.05)
    elif k < .72: a, b = np.array([.75, .77, .8]) * r.uniform(.7, 1.2), np.array([.85, .86, .88]) * r.uniform(.8, 1.15)
    elif k < .86: a, b = np.array([.35, .4, .6]) * r.uniform(.5, 1.2), np.array([.95, .65, .4]) * r.uniform(.8, 1.05)
    elif k < .93: a, b = np.array([.02, .03, .07]), np.array([.08, .1, .18]) * r.uniform(.5, 2)
    else: a, b = palette(r), palette(r)
    C.img[:] = a + (b - a) * t ** r.uniform(.6, 2.)
    if r.random() < .65:
        n = C.B.noise[r.integers(12, 22)]; s = r.uniform(.25, 1.3); o = r.integers(0, TEX, 2)
        c = cv2.remap(n, np.mod(C.px * s * .6 + o[0], TEX).astype(F32), np.mod(C.py * s * r.uniform(1, 2) + o[1], TEX).astype(F32), cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        w = np.clip((c - r.uniform(.4, .6)) * r.uniform(3, 8), 0, 1)[..., None] * r.uniform(.3, .95)
        C.img[:] = C.img * (1 - w) + w * np.clip(b * 1.1 + .1 - .35 * c[..., None] * r.random(), 0, 1)
    C.fogc = C.img[int(np.clip(hz - 2, 0, S - 1))].mean(0)


def ground(C, m=None, zfar=400, x=400):
    m = m or C.mat(scale=float(np.exp(C.rng.uniform(-1.5, .8))))
    C.poly([(-x, C.gy, .05), (x, C.gy, .05), (x, C.gy, zfar), (-x, C.gy, zfar)], m)


def place(C, zmin, zmax, spread=.75):
    """Ground point inside the view cone."""
    r = C.rng; Z = math.exp(r.uniform(math.log(zmin), math.log(zmax)))
    return r.uniform(-spread, spread) * Z * C.S / (2 * C.f), Z


def camera(rng, S, fov, pitch, h, roll=1.5):
    C = Canvas(rng, S, fov, math.radians(pitch), math.radians(rng.normal(0, roll)), h); C.gy = 0.
    C.fogc = np.array([.7, .75, .8], F32); C.fog = 0.; C.focus = None
    return C
