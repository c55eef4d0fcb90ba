"""What the camera adds: light, fog, depth of field, exposure, noise, compression."""
import cv2
import numpy as np

F32 = np.float32


def finish(C):
    r, S = C.rng, C.S; img, disp = C.img, C.disp
    # low-frequency illumination and mild contact darkening next to nearer surfaces
    if r.random() < .7:
        n = cv2.resize(C.B.smooth[r.integers(16)], (S, S)); img = img * (1 + (n[..., None] - .5) * r.uniform(.2, 1.1))
    if r.random() < .3:
        s = np.sqrt(disp + 1e-4); d = cv2.GaussianBlur(s, (0, 0), S * r.uniform(.008, .03)) - s
        img = img * (1 - np.clip(d / (s + .05) * r.uniform(.2, .7), 0, .3))[..., None]
    if C.fog > 0:
        t = np.exp(-C.fog / np.maximum(disp, 1e-4))[..., None]; t = np.where(disp[..., None] > 0, t, 1); img = img * t + C.fogc * (1 - t)
    if C.focus is not None:    # depth of field: layered, normalised blur
        zf, amt = C.focus; coc = np.clip(np.abs(disp - 1 / zf) * zf * amt * S / 60., 0, S / 22.)
        coc = np.where(coc < .6, 0, coc); out = img; bg = disp < 1 / (zf * 1.12)
        kind = r.random() < .5
        for s in (1.2, 2.6, 5., 9.):
            if coc.max() < s * .6: break
            def blur(x):
                if kind: k = max(int(s * 2.2) | 1, 3); return cv2.boxFilter(cv2.boxFilter(x, -1, (k // 2 * 2 + 1,) * 2), -1, (max(k // 2, 1),) * 2)
                return cv2.GaussianBlur(x, (0, 0), s)
            w = bg.astype(F32); bb = blur(img * w[..., None]) / (blur(w)[..., None] + 1e-3)
            a = np.clip((coc - s * .55) / (s * .45), 0, 1) * bg
            out = out * (1 - a[..., None]) + bb * a[..., None]
            fg = (disp > 1 / (zf * .75)).astype(F32) * np.clip((coc - s * .55) / (s * .45), 0, 1)
            if fg.max() > 0:
                w = blur(fg); out = out * (1 - w[..., None]) + blur(img * fg[..., None]) / (w[..., None] + 1e-3) * w[..., None]
        img = out
    if r.random() < .35:   # vignette
        q = ((C.px / S - .5) ** 2 + (C.py / S - .5) ** 2)[..., None]; img = img * (1 - q * r.uniform(.2, 1.2))
    # exposure, white balance, contrast, saturation
    img = np.clip(img, 0, 1.6); tgt = r.uniform(.32, .62); img = img * (tgt / (img.mean() + .05)) ** r.uniform(.4, 1.)
    img = img * (1 + r.normal(0, .05, 3)); g = img.mean(-1, keepdims=True); img = g + (img - g) * r.uniform(.2, 1.15)
    img = np.clip(img, 0, 1) ** r.uniform(.75, 1.3)
    if r.random() < .5: k = r.uniform(.2, .9); img = img * (1 - k) + k * (3 * img ** 2 - 2 * img ** 3)
    if r.random() < .3: img = cv2.GaussianBlur(img.astype(F32), (0, 0), r.uniform(.4, 1.1))
    img = img + r.normal(0, 1, img.shape) * r.choice([.004, .01, .025])
    out = (np.clip(img, 0, 1) * 255 + .5).astype(np.uint8)
    if r.random() < .4:
        out = cv2.imdecode(cv2.imencode('.jpg', out, [cv2.IMWRITE_JPEG_QUALITY, int(r.integers(35, 95))])[1], 1)
    return out


def lettering(rng, img):
    """Letters printed over a picture: what is written on a thing is no step in depth."""
    S = img.shape[0]; out = img.copy(); c = (255, 255, 255) if rng.random() < .6 else tuple(int(v) for v in rng.integers(0, 256, 3))
    for _ in range(int(rng.integers(1, 5))):
        text = ''.join(chr(v) for v in rng.integers(48, 91, int(rng.integers(1, 9)))); cv2.putText(out, text, (int(rng.uniform(-.1, .9) * S), int(rng.uniform(.05, 1.1) * S)), int(rng.choice([0, 2, 3, 4])), float(np.exp(rng.uniform(-1., 1.2))) * S / 256, c, int(rng.integers(1, 4)), cv2.LINE_AA)
    return out
