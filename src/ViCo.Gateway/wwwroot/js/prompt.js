import { h, starChip } from './dom.js';

/** A line of text in which the object's placeholder is a chip: typing * makes one, Backspace takes it out. */
export class PromptBox {
  constructor({ onchange, onsubmit }) {
    this.onchange = onchange;
    this.element = h('div', {
      id: 'prompt', class: 'prompt', contenteditable: 'true', role: 'textbox', spellcheck: 'true', 'aria-label': 'Prompt; type * where the object goes',
      'aria-multiline': 'false', dataset: { placeholder: 'a photo of S★ …' },
    });
    this.element.addEventListener('focus', () => {
      const selection = getSelection();
      if (this.element.contains(selection.anchorNode)) return;
      selection.selectAllChildren(this.element);
      selection.collapseToEnd();
    });
    this.element.addEventListener('input', () => { this.#chips(); this.onchange?.(); });
    this.element.addEventListener('keydown', event => {
      if (event.key !== 'Enter') return;
      event.preventDefault();
      onsubmit();
    });
    this.element.addEventListener('paste', event => {
      event.preventDefault();
      const text = event.clipboardData.getData('text/plain').replace(/\s+/g, ' ');
      document.execCommand('insertText', false, text);
    });
    this.value = 'a photo of *';
  }

  get value() {
    let text = '';
    for (const node of this.element.childNodes) text += node.nodeType === Node.TEXT_NODE ? node.data : node.classList?.contains('star-chip') ? '*' : node.textContent;
    return text.replace(/\u00a0/g, ' ').replace(/\s+/g, ' ').trim();
  }

  set value(text) {
    const parts = text.split(/S\*|\*/);
    // A cursor needs text to stand in: none would show between a chip and the edge.
    this.element.replaceChildren(...parts.flatMap((part, i) => i === 0 ? [part || '\u00a0'] : [this.#chip(), part || '\u00a0']));
    this.onchange?.();
  }

  get hasObject() { return this.element.querySelector('.star-chip') !== null; }

  /** Puts the chip where the cursor is, or at the end. */
  insertObject() {
    this.element.focus();
    const selection = getSelection();
    if (!selection.rangeCount || !this.element.contains(selection.anchorNode)) selection.selectAllChildren(this.element), selection.collapseToEnd();
    const range = selection.getRangeAt(0);
    range.deleteContents();
    const chip = this.#chip(), after = document.createTextNode('\u00a0');
    range.insertNode(after);
    range.insertNode(chip);
    selection.collapse(after, 1);
    this.onchange?.();
  }

  #chips() {
    for (const node of [...this.element.childNodes]) {
      if (node.nodeType !== Node.TEXT_NODE) continue;
      const found = /S\*|\*|S★/.exec(node.data);
      if (!found) continue;
      const after = node.splitText(found.index);
      after.data = after.data.slice(found[0].length);
      if (after.data === '') after.data = '\u00a0';
      this.element.insertBefore(this.#chip(), after);
      getSelection().collapse(after, Math.min(1, after.data.length));
      this.#chips();
      return;
    }
  }

  #chip() {
    const chip = starChip();
    chip.contentEditable = 'false';
    return chip;
  }
}
