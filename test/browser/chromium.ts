// A real browser with a profile of its own. Where Chromium is missing its tests skip and name the
// package.

import { existsSync } from 'node:fs';
import type { BrowserContext } from 'playwright-core';

const PROGRAM = '/usr/bin/chromium';
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync'],
  ...['--disable-background-networking', '--disable-component-update'],
];

/** Why tests that need a browser cannot run here; undefined: they can. */
export function whyNoChromium(): string | undefined {
  if (existsSync(PROGRAM) || process.env.SENDOFF_TEST_ALL === '1') return undefined;
  return 'needs chromium';
}

/** Starts it on a profile; the same folder again is the same browser, started again. */
export async function startChromium(profile: string): Promise<BrowserContext> {
  const { chromium } = await import('playwright-core');
  return chromium.launchPersistentContext(profile, {
    executablePath: PROGRAM,
    headless: true,
    args: FLAGS,
  });
}
