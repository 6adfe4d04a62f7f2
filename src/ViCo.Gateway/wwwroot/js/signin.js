import { api } from './api.js';
import { h } from './dom.js';

/** The way in for a browser that has none: paste a key, or open the one-time link. */
export function signIn(place, onDone) {
  const spent = new URLSearchParams(location.search).get('link') === 'spent';
  const key = h('input', { id: 'key', type: 'password', autocomplete: 'current-password', placeholder: 'vico_…', required: true, spellcheck: false });
  const problem = h('p', { class: 'problem', role: 'alert', hidden: !spent }, spent ? 'That link was used before or is too old. Ask for a new one, or paste a key.' : '');
  const button = h('button', { class: 'primary', type: 'submit', id: 'sign-in' }, 'Sign in');
  const form = h('form', {
    class: 'sign-in',
    onsubmit: async event => {
      event.preventDefault();
      problem.hidden = true;
      button.disabled = true;
      try {
        await api.login(key.value.trim());
        key.value = '';
        history.replaceState(null, '', `/${location.hash}`);
        await onDone();
      } catch (error) {
        problem.textContent = error.message;
        problem.hidden = false;
        button.disabled = false;
        key.select();
      }
    },
  },
  h('h1', {}, 'Show it once.', h('br', {}), 'See it anywhere.'),
  h('p', { class: 'lead' }, 'Upload a few photos of one thing you love; the studio learns it and draws it wherever you say.'),
  h('label', { for: 'key' }, 'API key'), h('div', { class: 'row' }, key, button), problem,
  h('p', { class: 'hint' }, 'Whoever runs this server sees a one-time link when it starts; the key itself lies in a file that only they can read.'));
  place.replaceChildren(form);
  key.focus();
}
