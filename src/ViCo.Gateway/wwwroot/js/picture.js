import { h } from './dom.js';

const tries = 6;

/** Pictures that did not come. */
const broken = new Map();

addEventListener('online', askAgain);
addEventListener('vico-back', askAgain);

function askAgain() {
  for (const image of [...broken.keys()]) load(image);
}

function load(image) {
  if (!image.isConnected) { broken.delete(image); return; }
  image.src = image.getAttribute('src');
}

/** Where a small copy of a photo or picture lies; the gateway makes it once. */
export const small = (url, width) => `${url}?w=${width}`;

/** A picture that is read when it comes into sight, and asked for again when it did not come. */
export function picture(src, props = {}) {
  const image = h('img', { loading: 'lazy', decoding: 'async', ...props });
  image.addEventListener('load', () => {
    broken.delete(image);
    image.classList.remove('broken');
  });
  image.addEventListener('error', () => {
    const failed = (broken.get(image) ?? 0) + 1;
    image.classList.add('broken');
    if (failed > tries) { broken.delete(image); return; }
    broken.set(image, failed);
    setTimeout(() => { if (broken.get(image) === failed) load(image); }, 500 * 2 ** failed);
  });
  image.src = src;
  return image;
}
