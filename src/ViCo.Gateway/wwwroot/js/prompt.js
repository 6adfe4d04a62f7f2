import { h, starChip } from './dom.js';

const placeholder = /S\*|\*|S★/;

/**
 * A line of text in which the object's placeholder is a chip: typing * makes one, Backspace takes it out. Every change goes through the
 * browser's own editing, so that its undo knows them all.
 */
export class PromptBox {
  constructor({ onchange, onsubmit }) {
    this.onchange = onchange;
    this.element = h('div', {
      id: 'prompt', class: 'prompt', contenteditable: 'true', role: 'textbox', spellcheck: 'true', 'aria-label': 'Prompt; type * where the object goes',
      'aria-multiline': 'false', dataset: { placeholder: 'a photo of S★ …' },
    });
    this.element.addEventListener('focus', () => {
      if (!this.#hasCaret) this.#caretToEnd();
    });
    this.element.addEventListener('beforeinput', event => {
      if (event.isComposing || event.inputType !== 'insertText' || !placeholder.test(event.data ?? '')) return;
      event.preventDefault();
      if (event.data[0] === '*' && this.#before() === 'S') getSelection().modify('extend', 'backward', 'character');
      this.#insert(event.data);
    });
    this.element.addEventListener('input', event => { if (!event.isComposing) this.onchange?.(); });
    // What an input method has composed is looked at when it is done: a half-typed word is its own.
    this.element.addEventListener('compositionend', () => setTimeout(() => { this.#chips(); this.onchange?.(); }));
    this.element.addEventListener('drop', () => setTimeout(() => { this.#chips(); this.onchange?.(); }));
    this.element.addEventListener('keydown', event => {
      if (event.key !== 'Enter' || event.isComposing || event.keyCode === 229) return;
      event.preventDefault();
      onsubmit();
    });
    this.element.addEventListener('paste', event => {
      event.preventDefault();
      this.#insert(event.clipboardData.getData('text/plain').replace(/\s+/g, ' '));
    });
    this.value = 'a photo of *';
  }

  get value() {
    let text = '';
    for (const node of this.element.childNodes) text += node.nodeType === Node.TEXT_NODE ? node.data : node.classList?.contains('star-chip') ? '*' : node.textContent;
    return text.replace(/\u00a0/g, ' ').replace(/\s+/g, ' ').trim();
  }

  /** What stands there from the beginning: nothing that undo would take back. */
  set value(text) {
    this.element.replaceChildren(...pieces(text, '\u00a0'));
    this.onchange?.();
  }

  /** Puts another text in place of all; undo brings the former one back. */
  replace(text) {
    this.element.focus();
    getSelection().selectAllChildren(this.element);
    this.#insert(text, '\u00a0');
    this.#caretToEnd();
  }

  get hasObject() { return this.element.querySelector('.star-chip') !== null; }

  /** Puts the chip where the cursor is, or at the end. */
  insertObject() {
    this.element.focus();
    if (!this.#hasCaret) this.#caretToEnd();
    this.#insert('*');
  }

  get #hasCaret() { return this.element.contains(getSelection().anchorNode); }

  #caretToEnd() {
    getSelection().selectAllChildren(this.element);
    getSelection().collapseToEnd();
  }

  /** The character before the cursor, where it stands in text. */
  #before() {
    const { anchorNode, anchorOffset, isCollapsed } = getSelection();
    return isCollapsed && anchorNode?.nodeType === Node.TEXT_NODE ? anchorNode.data[anchorOffset - 1] : undefined;
  }

  /** Puts a text in place of the selection, as somebody's typing would. */
  #insert(text, lead = '') {
    const box = h('div', {}, ...pieces(text, lead));
    document.execCommand('insertHTML', false, box.innerHTML);
  }

  /** Makes a chip of every placeholder that stands there as text. */
  #chips() {
    for (;;) {
      const node = [...this.element.childNodes].find(one => one.nodeType === Node.TEXT_NODE && placeholder.test(one.data));
      if (!node) return;
      const found = placeholder.exec(node.data);
      getSelection().setBaseAndExtent(node, found.index, node, found.index + found[0].length);
      this.#insert('*');
    }
  }
}

/** Text and chips. A cursor needs text to stand in: none would show between a chip and the edge. */
function pieces(text, lead) {
  return text.split(/S\*|S★|\*/).flatMap((part, i) => i === 0 ? [part || lead] : [chip(), part || '\u00a0']);
}

function chip() {
  const element = starChip();
  element.setAttribute('contenteditable', 'false');
  return element;
}
