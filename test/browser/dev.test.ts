// `sendoff dev` as somebody tries it: started, opened in a browser, used.

import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { makeFolder, removeFolder } from '../support/folder.ts';
import { until } from '../support/until.ts';
import { startChromium, whyNoChromium } from './chromium.ts';

const skip = whyNoChromium() ?? false;
const launcher = fileURLToPath(new URL('../../bin/sendoff.js', import.meta.url));

interface Dev {
  readonly process: ChildProcess;
  readonly printed: () => string;
}

function startDev(): Dev {
  const ports = ['--listen', '--page', '--inbox'].flatMap((name) => [name, '127.0.0.1:0']);
  const child = spawn(process.execPath, [launcher, 'dev', ...ports, '--delay', '10ms'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  return { process: child, printed: () => text };
}

test('the demo page sends, shows each state, and hints at a missing network', {
  timeout: 120_000,
  skip,
}, async (t) => {
  const dev = startDev();
  t.after(() => dev.process.kill('SIGKILL'));
  const find = () => /^page\s+(http:\S+)/m.exec(dev.printed())?.[1];
  const url = await until('its addresses are printed', find);
  const profile = makeFolder('dev');
  const browser = await startChromium(profile);
  t.after(async () => {
    await browser.close();
    removeFolder(profile);
  });
  const page = await browser.newPage();
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  await page.waitForSelector('html[data-ready]');
  await page.fill('textarea', 'Hello from a page');
  await page.click('button');
  await page.waitForSelector('li .succeeded');
  assert.match((await page.textContent('#sent')) ?? '', /succeeded\s*Thank you\./);
  await until('the receiver shows it', () => dev.printed().includes('Hello from a page'));
  assert.deepEqual(complaints, []);

  await browser.setOffline(true);
  await page.click('button');
  await page.waitForSelector('li .kept');
  assert.match((await page.textContent('#hint')) ?? '', /No network/);
  assert.match((await page.textContent('#pending')) ?? '', /^1 kept/);
  await browser.setOffline(false);
  await until(
    'both have succeeded',
    async () => (await page.locator('li .succeeded').count()) === 2,
  );
  await page.reload();
  await until('they are there again', async () => (await page.locator('li').count()) === 2);

  dev.process.kill('SIGINT');
  const [code] = await once(dev.process, 'exit');
  assert.equal(code, 0);
});
