import { h, svg } from './dom.js';

const width = 640, height = 200, left = 46, bottom = 24, top = 10, right = 10;

/** The loss by step: a smoothed line over the faint raw one. */
export class LossChart {
  #points = [];
  #steps = 1;
  #log = false;
  #drawn = 0;

  constructor() {
    this.raw = svg('path', { class: 'raw' });
    this.smooth = svg('path', { class: 'smooth' });
    this.tip = svg('circle', { class: 'tip', r: 4, visibility: 'hidden' });
    this.axes = svg('g', { class: 'axes' });
    this.picture = svg('svg', { viewBox: `0 0 ${width} ${height}`, role: 'img', 'aria-label': 'Loss by training step' },
      this.axes, this.raw, this.smooth, this.tip);
    const log = h('input', { type: 'checkbox', onchange: () => { this.#log = log.checked; this.#draw(); } });
    this.element = h('figure', { class: 'chart' },
      h('div', { class: 'chart-head' }, h('span', {}, 'Loss'), h('label', { class: 'tick' }, log, 'log scale')),
      this.picture,
      h('figcaption', {}, 'The loss says that learning goes on, not how alike the pictures are: judge by the previews.'));
  }

  show(points, steps) {
    this.#points = points;
    this.#steps = Math.max(steps ?? 1, points.at(-1)?.step ?? 1);
    this.element.dataset.points = points.length;
    this.element.dataset.last = points.at(-1)?.step ?? 0;
    if (this.#drawn) return;
    this.#drawn = requestAnimationFrame(() => { this.#drawn = 0; this.#draw(); });
  }

  #draw() {
    const points = thin(this.#points, 500);
    this.axes.replaceChildren();
    if (points.length < 2) {
      for (const path of [this.raw, this.smooth]) path.setAttribute('d', '');
      this.tip.setAttribute('visibility', 'hidden');
      this.axes.append(svg('line', { x1: left, x2: width - right, y1: height - bottom, y2: height - bottom }));
      return;
    }
    const smooth = smoothed(points);
    const value = this.#log ? loss => Math.log10(Math.max(loss, 1e-6)) : loss => loss;
    let low = this.#log ? Math.min(...points.map(point => value(point.loss))) : 0, high = Math.max(...smooth.map(point => value(point.loss)));
    if (high - low < 1e-6) high = low + 1;
    const x = step => left + (width - left - right) * (step - 1) / Math.max(1, this.#steps - 1);
    const y = loss => {
      const share = Math.min(1.04, Math.max(0, (value(loss) - low) / (high - low)));
      return height - bottom - (height - top - bottom) * share;
    };
    const line = list => list.map((point, i) => `${i ? 'L' : 'M'}${x(point.step).toFixed(1)} ${y(point.loss).toFixed(1)}`).join('');
    for (const share of [0, 0.5, 1]) {
      const at = height - bottom - (height - top - bottom) * share;
      const level = low + (high - low) * share;
      this.axes.append(
        svg('line', { x1: left, x2: width - right, y1: at, y2: at }),
        svg('text', { x: left - 8, y: at + 4, 'text-anchor': 'end' }, short(this.#log ? 10 ** level : level)));
    }
    for (const step of [1, Math.round(this.#steps / 2), this.#steps]) {
      this.axes.append(svg('text', { x: x(step), y: height - 6, 'text-anchor': step === 1 ? 'start' : step === this.#steps ? 'end' : 'middle' }, `${step}`));
    }
    this.raw.setAttribute('d', line(points));
    this.smooth.setAttribute('d', line(smooth));
    const last = smooth.at(-1);
    this.tip.setAttribute('cx', x(last.step));
    this.tip.setAttribute('cy', y(last.loss));
    this.tip.setAttribute('visibility', 'visible');
  }
}

const short = number => number >= 10 ? number.toFixed(0) : number >= 1 ? number.toFixed(1) : number >= 0.1 ? number.toFixed(2) : number.toPrecision(1);

/** At most `most` points: each the mean of its neighbours. */
function thin(points, most) {
  if (points.length <= most) return points;
  const size = points.length / most;
  return Array.from({ length: most }, (_, i) => {
    const some = points.slice(Math.floor(i * size), Math.floor((i + 1) * size));
    return { step: some.at(-1).step, loss: some.reduce((sum, point) => sum + point.loss, 0) / some.length };
  });
}

/** Exponential mean, corrected at its start. */
function smoothed(points) {
  const keep = points.length < 60 ? 0.8 : 0.92;
  let mean = 0;
  return points.map((point, i) => {
    mean = keep * mean + (1 - keep) * point.loss;
    return { step: point.step, loss: mean / (1 - keep ** (i + 1)) };
  });
}
