/** Builds an element: h('button', { class: 'x', onclick: f }, 'text', child). Falsy children are left out. */
export function h(tag, props = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (name === 'dataset') Object.assign(element.dataset, value);
    else if (name in element && typeof value !== 'string') element[name] = value;
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.flat().filter(child => child !== null && child !== undefined && child !== false));
  return element;
}

/** Builds an SVG element. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

const paths = {
  plus: 'M12 5v14M5 12h14',
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  warn: 'M12 4l9 16H3zM12 10v4.5M12 17.4v.2',
  image: 'M4 5h16v14H4zM4 16l4.5-4.5 3.5 3.5 3-3 5 5M15 9.2v.1',
  sun: 'M12 4V2M12 22v-2M4 12H2M22 12h-2M6.3 6.3L4.9 4.9M19.1 19.1l-1.4-1.4M6.3 17.7l-1.4 1.4M19.1 4.9l-1.4 1.4M12 8a4 4 0 100 8 4 4 0 000-8z',
  moon: 'M20 14.5A8.5 8.5 0 019.5 4a8.5 8.5 0 1010.5 10.5z',
  dice: 'M7 4h10a3 3 0 013 3v10a3 3 0 01-3 3H7a3 3 0 01-3-3V7a3 3 0 013-3zM8.6 8.2v.8M15.4 15v.8M15.4 8.2v.8M8.6 15v.8M12 11.6v.8',
  download: 'M12 4v11M7.5 11L12 15.5 16.5 11M5 20h14',
  trash: 'M5 7h14M10 7V4.5h4V7M7 7l1 13h8l1-13',
  again: 'M19 12a7 7 0 11-2.2-5.1M19 4v4h-4',
  left: 'M14.5 5L8 12l6.5 7',
  right: 'M9.5 5L16 12l-6.5 7',
  locked: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 017 0v3',
  open: 'M6 11h12v9H6zM8.5 11V8a3.5 3.5 0 016.8-1.2',
};

export function icon(name) {
  const element = svg('svg', { viewBox: '0 0 24 24', class: 'glyph', 'aria-hidden': 'true' });
  element.append(svg('path', { d: paths[name] }));
  return element;
}

/** Says something to screen readers, politely. A hidden tab draws no frames, so this waits for none. */
export function announce(text) {
  const region = document.getElementById('announcer');
  region.textContent = '';
  setTimeout(() => { region.textContent = text; }, 60);
}

/** Lines that speak of a lost connection. */
const lost = new Set();

/** The connection is back: what was said of its loss holds no longer. */
export function connectionBack() {
  for (const line of [...lost]) line.hide();
}

/** A line that says what went wrong. */
export class ProblemLine {
  constructor() {
    this.element = h('p', { class: 'problem', role: 'alert', hidden: true });
  }

  show(error) {
    this.element.textContent = error.message;
    this.element.hidden = false;
    if (error.status === 0 || error.status === 503) lost.add(this);
  }

  hide() {
    this.element.hidden = true;
    lost.delete(this);
  }
}

/** A question with two answers; resolves to true for yes. */
export function ask(title, text, yes, no = 'Keep it') {
  return new Promise(resolve => {
    const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title' },
      h('h2', { id: 'ask-title' }, title),
      h('p', {}, text),
      h('form', { method: 'dialog', class: 'row end' },
        h('button', { class: 'quiet', value: 'no' }, no),
        h('button', { class: 'danger', value: 'yes' }, yes)));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** A question whose answer is a line of text; resolves to null when there is none. */
export function askFor(title, text, maxlength) {
  return new Promise(resolve => {
    const input = h('input', { type: 'text', maxlength, value: text, 'aria-labelledby': 'ask-title' });
    const dialog = h('dialog', { class: 'ask', 'aria-labelledby': 'ask-title' },
      h('h2', { id: 'ask-title' }, title),
      h('form', { method: 'dialog', class: 'fields' }, input,
        h('div', { class: 'row end' },
          h('button', { type: 'button', class: 'quiet', onclick: () => dialog.close('no') }, 'Cancel'),
          h('button', { class: 'primary', value: 'yes' }, 'Save'))));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes' ? input.value.trim() : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

export const starChip = () => h('span', { class: 'star-chip', role: 'img', 'aria-label': 'S star, the object' }, 'S★');

/** A prompt for reading: the placeholder shows as the chip. */
export function promptText(prompt) {
  const parts = (prompt ?? '').split(/S\*|\*/);
  return parts.flatMap((part, i) => i === 0 ? [part] : [starChip(), part]);
}

/** A prompt as a plain line, for titles and for what is read out. */
export const promptLine = prompt => (prompt ?? '').replace(/S\*|\*/g, 'S★');
