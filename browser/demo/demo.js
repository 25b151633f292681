// The demo page: a box to write in, and what became of everything that was sent, live and from
// every tab. All that sendoff has to do with it is `open`, `send`, `list`, `subscribe`, `pending`.

import { open } from './sendoff.js';

const settings = await (await fetch('settings.json')).json();
const outbox = await open({ ...settings, worker: 'worker.js' });

const form = document.querySelector('form');
const text = document.querySelector('#text');
const hint = document.querySelector('#hint');
const list = document.querySelector('#sent');
const lines = new Map();

const words = {
  kept: 'kept here',
  pending: 'at the server',
  running: 'being sent',
};

form.addEventListener('submit', async (event) => {
  event.preventDefault();
  const { kept } = await outbox.send(text.value);
  if (!kept) tell('This browser keeps nothing in this window; it was sent at once.');
  text.select();
});

function show(progress) {
  const line = lines.get(progress.id) ?? addLine(progress);
  const { state, response, error, reason } = progress;
  const [, status, answer] = line.children;
  status.textContent = words[state] ?? state;
  status.className = state;
  answer.textContent = response?.body ?? error?.detail ?? reason ?? '';
  document.querySelector('#none').hidden = true;
  void count();
}

function addLine({ id, sentAt }) {
  const line = document.createElement('li');
  const time = document.createElement('time');
  time.textContent = new Date(sentAt).toLocaleTimeString();
  line.append(time, document.createElement('span'), document.createElement('span'));
  lines.set(id, line);
  list.prepend(line);
  return line;
}

async function count() {
  const pending = await outbox.pending();
  document.querySelector('#pending').textContent =
    pending === 0 ? '' : `${pending} kept here until the server takes them`;
}

function tell(words) {
  hint.textContent = words;
  hint.hidden = words === '';
}

function tellNetwork() {
  tell(navigator.onLine ? '' : 'No network. Send on: it goes out when the network is back.');
}

addEventListener('online', tellNetwork);
addEventListener('offline', tellNetwork);
tellNetwork();

outbox.subscribe(show);
for (const progress of await outbox.list()) show(progress);
document.documentElement.dataset.ready = 'true';
