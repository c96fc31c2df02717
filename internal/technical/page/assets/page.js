// Comfort for the page: everything can be read without it. It writes with textContent alone and asks no network.
(() => {
  'use strict';
  const all = (selector, from = document) => [...from.querySelectorAll(selector)];
  const byID = id => document.getElementById(id);

  // A browser may forbid storage, by throwing.
  const store = {
    get(key) { try { return localStorage.getItem('exceptional.' + key) || ''; } catch { return ''; } },
    set(key, value) { try { localStorage.setItem('exceptional.' + key, value); } catch { say('This browser keeps nothing.'); } },
  };

  let timer = 0;
  function say(text) {
    byID('toast').textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => { byID('toast').textContent = ''; }, 2500);
  }

  // Copying. The clipboard API needs https; the old command does not.
  async function copy(id) {
    const from = byID(id);
    if (!from) return;
    try {
      await navigator.clipboard.writeText(from.value);
      say('Copied.');
    } catch {
      const fold = from.closest('details');
      if (fold) fold.open = true;
      from.focus();
      from.select();
      say(document.execCommand('copy') ? 'Copied.' : 'Selected: copy it with the keyboard.');
    }
  }

  // Theme: the system's, light, dark.
  const themes = ['', 'light', 'dark'];
  function theme(name) {
    if (name) document.documentElement.dataset.theme = name;
    else delete document.documentElement.dataset.theme;
  }
  function nextTheme() {
    const name = themes[(themes.indexOf(store.get('theme')) + 1) % themes.length];
    store.set('theme', name);
    theme(name);
    say('Theme: ' + (name || 'as the system'));
  }

  // Editors by the address that opens a file: {path} is percent-encoded, slashes kept; {file} is encoded whole.
  const editors = {
    'VS Code': 'vscode://file{path}:{line}',
    'VS Code Insiders': 'vscode-insiders://file{path}:{line}',
    'VSCodium': 'vscodium://file{path}:{line}',
    'Cursor': 'cursor://file{path}:{line}',
    'Windsurf': 'windsurf://file{path}:{line}',
    'Zed': 'zed://file{path}:{line}',
    'GoLand': 'goland://open?file={file}&line={line}',
    'IntelliJ IDEA': 'idea://open?file={file}&line={line}',
    'Sublime Text': 'subl://open?url=file://{file}&line={line}',
    'TextMate': 'txmt://open?url=file://{file}&line={line}',
    'MacVim': 'mvim://open?url=file://{file}&line={line}',
    'Emacs': 'emacs://open?url=file://{file}&line={line}',
  };
  function roots() {
    const map = new Map();
    for (const line of store.get('roots').split('\n')) {
      const at = line.indexOf('=');
      if (at > 0) map.set(line.slice(0, at).trim(), line.slice(at + 1).trim().replace(/[\\/]+$/, ''));
    }
    return map;
  }
  // The file's place on the viewer's machine, or '' if it is not known.
  function place(link, map) {
    const d = link.dataset;
    if (d.path.split(/[\\/]/).includes('..')) return '';
    const own = map.get(d.module);
    if (own && !d.path.startsWith('/')) return own + '/' + d.path;
    if (d.kind === 'module' && d.version && map.has('modcache')) {
      return map.get('modcache') + '/' + d.module.replace(/[A-Z]/g, c => '!' + c.toLowerCase()) + '@' + d.version + '/' + d.path;
    }
    if (d.kind === 'std' && map.has('goroot')) return map.get('goroot') + '/src/' + d.path;
    return d.file;
  }
  function linkEditors() {
    const form = editors[store.get('editor')];
    const map = roots();
    for (const link of all('a.edit')) {
      let path = form ? place(link, map).replaceAll('\\', '/') : '';
      if (path && !path.startsWith('/')) path = '/' + path; // C:/…
      link.hidden = !path;
      if (!path) { link.removeAttribute('href'); continue; }
      link.href = form
        .replace('{path}', () => path.split('/').map(encodeURIComponent).join('/'))
        .replace('{file}', () => encodeURIComponent(path))
        .replace('{line}', () => String(parseInt(link.dataset.line, 10) || 1));
      link.textContent = 'open in ' + store.get('editor');
    }
  }
  function openEditorDialog() {
    const select = byID('editor-name');
    if (select.options.length === 1) for (const name of Object.keys(editors)) select.append(new Option(name, name));
    select.value = store.get('editor');
    byID('editor-roots').value = store.get('roots');
    byID('editor').showModal();
  }
  function saveEditor() {
    store.set('editor', byID('editor-name').value);
    store.set('roots', byID('editor-roots').value);
    linkEditors();
    byID('editor').close();
  }

  // Frames.
  const shown = e => e.checkVisibility ? e.checkVisibility() : e.getClientRects().length > 0;
  const frames = () => all('.frame').filter(shown);
  const handle = frame => frame.querySelector('summary, .call');
  let current = null;
  function step(by) {
    const list = frames();
    if (!list.length) return;
    const at = list.indexOf(current);
    current = list[at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1)];
    const fold = current.querySelector('details');
    if (fold) fold.open = true;
    handle(current).focus();
    current.scrollIntoView({ block: 'nearest' });
  }
  function appOnly() {
    say(document.body.classList.toggle('only-app') ? 'Frames of the application only.' : 'All frames.');
  }

  // Filter: rows that do not hold the text are hidden, folds that hold a match are opened, and closed again afterwards.
  const items = all('[data-i]');
  const texts = new Map();
  let opened = [];
  function filter() {
    const wanted = byID('filter').value.trim().toLowerCase();
    for (const fold of opened) fold.open = false;
    opened = [];
    let hits = 0;
    for (const item of items) {
      if (!texts.has(item)) texts.set(item, item.textContent.toLowerCase());
      const hit = !wanted || texts.get(item).includes(wanted);
      item.hidden = !hit;
      if (hit) hits++;
    }
    for (const group of all('.group')) group.hidden = !!wanted && !group.querySelector('[data-i]:not([hidden])');
    if (wanted) {
      for (const item of items) {
        if (item.hidden) continue;
        for (let fold = item.closest('details'); fold; fold = fold.parentElement.closest('details')) {
          if (!fold.open) { fold.open = true; opened.push(fold); }
        }
      }
    }
    byID('found').textContent = wanted ? hits + ' of ' + items.length : '';
  }

  // What an address points at may be folded away.
  function reveal() {
    let target = null;
    try { target = byID(decodeURIComponent(location.hash.slice(1))); } catch { return; }
    if (!target) return;
    for (let fold = target.closest('details'); fold; fold = fold.parentElement.closest('details')) fold.open = true;
    const own = target.matches('.frame') && target.querySelector('details');
    if (own) own.open = true;
    target.scrollIntoView();
  }

  const quick = document.querySelector('header [data-copy]');
  const actions = {
    theme: nextTheme,
    editor: openEditorDialog,
    keys: () => byID('keys').showModal(),
    save: saveEditor,
    close: e => e.closest('dialog').close(),
  };
  document.addEventListener('click', event => {
    const button = event.target.closest('button');
    if (!button) return;
    if (button.dataset.copy) copy(button.dataset.copy);
    else if (actions[button.dataset.do]) actions[button.dataset.do](button);
  });
  document.addEventListener('focusin', event => {
    const frame = event.target.closest('.frame');
    if (frame) current = frame;
  });
  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]')) return;
    const field = event.target.closest('input, textarea, select');
    if (field) {
      if (event.key === 'Escape' && field.id === 'filter') { field.value = ''; filter(); field.blur(); }
      return;
    }
    switch (event.key) {
      case 'j': step(1); break;
      case 'k': step(-1); break;
      case 'a': appOnly(); break;
      case 'c': if (quick) copy(quick.dataset.copy); break;
      case 'e': { const link = (current || document).querySelector('a.edit[href]'); if (link) link.click(); else openEditorDialog(); break; }
      case '/': byID('filter').focus(); break;
      case '?': actions.keys(); break;
      default: return;
    }
    event.preventDefault();
  });
  byID('filter').addEventListener('input', filter);
  window.addEventListener('hashchange', reveal);
  window.addEventListener('beforeprint', () => { for (const fold of all('.frame.app details')) fold.open = true; });

  for (const e of all('button[hidden], .find[hidden]')) e.hidden = false;
  if (themes.includes(store.get('theme'))) theme(store.get('theme'));
  linkEditors();
  if (location.hash) reveal();
})();
