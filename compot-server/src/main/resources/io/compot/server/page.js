'use strict';

// One conversation with one model, or the same questions to two. Whatever comes from models and people is set as text.

const $ = id => document.getElementById(id);
const NUMBERS = ['temperature', 'top_p', 'top_k', 'min_p', 'max_tokens', 'seed'];
const STANDARD_TOKENS = 512;

let models = [];
let histories = [];
let running = null;

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function headers() {
  const key = $('key').value.trim();
  return key ? {'Content-Type': 'application/json', Authorization: 'Bearer ' + key} : {'Content-Type': 'application/json'};
}

function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let value = bytes;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit++;
  }
  return (unit === 0 ? value : value.toPrecision(3)) + ' ' + units[unit];
}

async function told(response) {
  const body = await response.json().catch(() => null);
  return body && body.error ? body.error.message : 'the server answers ' + response.status;
}

async function loadModels() {
  const shown = $('models');
  const response = await fetch('v1/models', {headers: headers()});
  if (!response.ok) {
    shown.replaceChildren(element('span', 'error', await told(response)));
    $('settings').open = true;
    return;
  }
  models = (await response.json()).data.slice(0, 2);
  histories = models.map(() => []);
  shown.replaceChildren(...models.map(model => {
    const line = element('span');
    line.append(element('b', '', model.id), ' ' + size(model.bytes));
    if (model.compression) line.append(', ' + model.compression);
    if (model.report && !$('key').value) {
      const link = element('a', '', 'report');
      link.href = 'reports/' + encodeURIComponent(model.id);
      link.target = '_blank';
      link.rel = 'noopener';
      line.append(' ', link);
    }
    return line;
  }));
}

function request(index) {
  const system = $('system').value.trim();
  const messages = histories[index];
  const body = {
    model: models[index].id,
    messages: system ? [{role: 'system', content: system}, ...messages] : messages,
    max_tokens: STANDARD_TOKENS,
    stream: true,
    stream_options: {include_usage: true},
  };
  for (const name of NUMBERS) {
    if ($(name).value !== '') body[name] = Number($(name).value);
  }
  return body;
}

// The events of a stream, as they come.
async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  for (;;) {
    const {value, done} = await reader.read();
    if (done) return;
    held += value;
    for (let end = held.indexOf('\n\n'); end >= 0; end = held.indexOf('\n\n')) {
      const data = held.slice(0, end).replace(/^data: /, '');
      held = held.slice(end + 2);
      if (data === '[DONE]') return;
      yield JSON.parse(data);
    }
  }
}

function card(index) {
  const box = element('div', 'answer busy');
  const text = element('div', 'text');
  const foot = element('div', 'foot');
  const speed = element('span', 'speed');
  const copy = element('button', 'copy', 'Copy');
  copy.type = 'button';
  copy.addEventListener('click', async () => {
    await navigator.clipboard.writeText(text.textContent);
    copy.textContent = 'Copied';
    setTimeout(() => { copy.textContent = 'Copy'; }, 1500);
  });
  foot.append(speed, copy);
  box.append(element('div', 'who', models[index].id), text, foot);
  return {box, text, speed};
}

async function answer(index, shown, signal) {
  const began = performance.now();
  let tokens = 0;
  let first = 0;
  try {
    const response = await fetch('v1/chat/completions', {
      method: 'POST', headers: headers(), body: JSON.stringify(request(index)), signal,
    });
    if (!response.ok) throw new Error(await told(response));
    for await (const event of events(response)) {
      if (event.error) throw new Error(event.error.message);
      const delta = event.choices.length ? event.choices[0].delta.content : '';
      if (delta) {
        if (!first) first = performance.now();
        tokens++;
        shown.text.append(delta);
        shown.speed.textContent = tokens > 1 ? (1000 * (tokens - 1) / (performance.now() - first)).toFixed(1) + ' tokens/s' : '';
      }
      if (event.timings) {
        shown.speed.textContent = event.timings.predicted_n + ' tokens, ' + event.timings.predicted_per_second.toFixed(1)
          + ' tokens/s, first after ' + ((first || performance.now()) - began).toFixed(0) + ' ms';
      }
    }
  } catch (failure) {
    if (failure.name === 'AbortError') {
      shown.speed.textContent += ' (stopped)';
    } else {
      shown.box.append(element('div', 'error', failure.message));
      return false;
    }
  } finally {
    shown.box.classList.remove('busy');
  }
  histories[index].push({role: 'assistant', content: shown.text.textContent});
  return true;
}

function percent(logprob) {
  const share = 100 * Math.exp(logprob);
  return share >= 0.1 ? share.toFixed(1) + ' %' : share.toExponential(0) + ' %';
}

function likely(place, names) {
  const table = element('table');
  const head = element('tr');
  names.forEach(name => {
    head.append(element('th', '', name), element('th'));
  });
  table.append(head);
  for (let i = 0; i < place.top[0].length; i++) {
    const row = element('tr');
    place.top.forEach(top => {
      row.append(element('td', '', JSON.stringify(top[i].text)), element('td', '', percent(top[i].logprob)));
    });
    table.append(row);
  }
  return table;
}

// The first model's answer, token by token, as both see it.
async function parting(turn, messages, text, signal) {
  const box = element('div', 'parting');
  turn.append(box);
  const response = await fetch('parting', {
    method: 'POST', headers: headers(), body: JSON.stringify({messages, answer: text}), signal,
  });
  if (!response.ok) {
    box.append(element('p', 'error', await told(response)));
    return;
  }
  const seen = await response.json();
  const parts = seen.tokens.filter(place => place.parts).length;
  box.append(element('p', '', 'Where they part: of the ' + seen.tokens.length + ' tokens of ' + seen.models[0] + ', ' + parts
    + ' stand where the two find different tokens most likely (marked). Touch one to see what.'));
  const line = element('div', 'tokens');
  const detail = element('div', 'detail');
  for (const place of seen.tokens) {
    const gap = Math.abs(place.logprobs[0] - place.logprobs[1]);
    const token = element('button', place.parts ? 'parts' : gap > 1 ? 'far' : gap > 0.3 ? 'near' : '', place.text);
    token.type = 'button';
    token.setAttribute('aria-pressed', 'false');
    token.addEventListener('click', () => {
      line.querySelectorAll('[aria-pressed="true"]').forEach(other => other.setAttribute('aria-pressed', 'false'));
      token.setAttribute('aria-pressed', 'true');
      detail.replaceChildren(likely(place, seen.models));
    });
    line.append(token);
  }
  box.append(line, detail);
}

function busy(controller) {
  running = controller;
  $('send').hidden = controller !== null;
  $('stop').hidden = controller === null;
}

async function ask(text) {
  if (!models.length) await loadModels();
  if (!models.length || running) return;
  const controller = new AbortController();
  busy(controller);
  const turn = element('section', 'turn');
  const answers = element('div', models.length > 1 ? 'answers two' : 'answers');
  turn.append(element('div', 'question', text), answers);
  $('talk').append(turn);
  histories.forEach(history => history.push({role: 'user', content: text}));
  const asked = request(0).messages.slice();
  const cards = models.map((_, index) => card(index));
  answers.append(...cards.map(each => each.box));
  turn.scrollIntoView({block: 'end'});
  const done = await Promise.all(cards.map((shown, index) => answer(index, shown, controller.signal)));
  done.forEach((whole, index) => {
    if (!whole) histories[index].pop();
  });
  try {
    if (models.length > 1 && done.every(Boolean) && cards[0].text.textContent && !controller.signal.aborted) {
      await parting(turn, asked, cards[0].text.textContent, controller.signal);
    }
  } catch (failure) {
    if (failure.name !== 'AbortError') turn.append(element('p', 'error', failure.message));
  }
  busy(null);
  $('message').focus();
}

$('ask').addEventListener('submit', event => {
  event.preventDefault();
  const text = $('message').value.trim();
  if (text && !running) {
    $('message').value = '';
    ask(text);
  }
});
$('message').addEventListener('keydown', event => {
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $('ask').requestSubmit();
  }
});
$('stop').addEventListener('click', () => running && running.abort());
$('new').addEventListener('click', () => {
  if (running) running.abort();
  histories = models.map(() => []);
  $('talk').replaceChildren();
  $('message').focus();
});
$('key').addEventListener('change', loadModels);
loadModels().catch(failure => $('models').replaceChildren(element('span', 'error', failure.message)));
