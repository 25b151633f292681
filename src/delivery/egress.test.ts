import assert from 'node:assert/strict';
import test from 'node:test';
import { SendoffError } from '../errors.ts';
import type { EgressPolicy } from './egress.ts';
import { createEgressPolicy } from './egress.ts';

const strict = createEgressPolicy({ allowPrivate: false });
const home = createEgressPolicy({ allowPrivate: true });

/**
 * The spellings that Node's URL parser makes ordinary addresses of, and those that it leaves alone.
 */
const thisMachine = `2130706433 0x7f000001
  0177.0.0.1 017700000001 127.1 127.0.1 0x7f.1 127.0.0.0x1 0 0.0.0.0
  0x.0x.0 localhost LOCALHOST localhost. ⓛⓞⓒⓐⓛⓗⓞⓢⓣ a.localhost a.b.localhost. 127.0.0.1. [::]
  [::1] [0:0:0:0:0:0:0:1] [::ffff:127.0.0.1] [::ffff:7f00:1] [::ffff:0:0]`;
const network = `10.0.0.1 172.16.0.1 172.31.255.255 192.168.0.1 100.64.0.1 100.127.255.255 [fc00::1]
  [fdff::1] [fec0::1] [::ffff:10.0.0.1]`;
const wrapped = `[64:ff9b::7f00:1] [64:ff9b:1::7f00:1] [2002:7f00:1::] [2002:a00:1::1]
  [2001:0:a00:1::f5ff:fffe] [64:ff9b::808:808] [2002:808:808::] [2001:0:808:808::f7f7:f7f7]`;
const special = `0.0.0.1 192.0.0.1
  192.88.99.1 192.0.2.1 198.51.100.1 203.0.113.1 198.18.0.1 198.19.255.255
  224.0.0.1 239.255.255.255 240.0.0.1 255.255.255.255 [ff02::1] [2001:db8::1] [3fff::1]
  [5f00::1] [100::1] [2001:2::1] [::ffff:224.0.0.1] [64:ff9b::e000:1] [2002:e000:1::]`;
const guarded = `169.254.0.1 169.254.169.254 [fe80::1] [febf::1] [fd00:ec2::254] 100.100.100.200
  168.63.129.16 192.0.0.192 [::ffff:169.254.169.254] [64:ff9b::a9fe:a9fe]
  [64:ff9b:1::a9fe:a9fe] [2002:a9fe:a9fe::] [64:ff9b:1:a9fe:a9:fe00::] [2001:0:a9fe:a9fe::1]
  [2001:0:808:808::5601:5601] [::169.254.169.254] [fe80::5efe:a00:1] [2a00::5efe:a9fe:a9fe]
  [2a00::200:5efe:a9fe:a9fe]`;
const open = `8.8.8.8 1.1.1.1 172.15.255.255 172.32.0.0 100.63.255.255 100.128.0.0 169.253.255.255
  198.17.0.1 198.20.0.0 223.255.255.255 11.0.0.0 126.255.255.255 128.0.0.0 192.0.1.0
  192.169.0.0 [2606:4700::1111] [2001:4860:4860::8888] [2a00::5efe:808:808] [::ffff:8.8.8.8]
  [2003::1] example.com localhost.example notlocalhost host.docker.internal`;

function isRefused(policy: EgressPolicy, host: string): boolean {
  try {
    policy.checkLiteral(new URL(`http://${host}/`));
    return false;
  } catch (error) {
    assert.ok(error instanceof SendoffError);
    assert.equal(error.code, 'target_not_allowed');
    assert.match(error.message, /^Expected `url` to lead to an address/);
    return true;
  }
}

function refused(policy: EgressPolicy, hosts: string): string[] {
  return hosts.split(/\s+/).filter((host) => isRefused(policy, host));
}

test('without private targets only public literals are allowed at hand-over', () => {
  for (const hosts of [thisMachine, network, wrapped, special, guarded]) {
    assert.deepEqual(refused(strict, hosts), hosts.split(/\s+/));
  }
  assert.deepEqual(refused(strict, open), []);
});

test('with private targets this machine and its networks are allowed, wrapped or not', () => {
  for (const hosts of [thisMachine, network, wrapped, open])
    assert.deepEqual(refused(home, hosts), []);
  for (const hosts of [special, guarded])
    assert.deepEqual(refused(home, hosts), hosts.split(/\s+/));
});

test('a range opens what lies in it, but never link-local and metadata addresses', () => {
  const policy = createEgressPolicy({
    allowPrivate: false,
    allow: ['10.0.0.0/8', '0.0.0.0/0', '::/0'],
  });
  assert.deepEqual(refused(policy, `${thisMachine} ${network} ${special}`), []);
  assert.deepEqual(refused(policy, guarded), guarded.split(/\s+/));
  const narrow = createEgressPolicy({ allowPrivate: false, allow: ['10.1.0.0/16'] });
  assert.deepEqual(refused(narrow, '10.1.2.3 10.2.0.1 [::ffff:10.1.0.1]'), ['10.2.0.1']);
});

test('a guarded address is allowed when it alone is named', () => {
  const allow = ['169.254.169.254', 'fd00:ec2::254'];
  const policy = createEgressPolicy({ allowPrivate: false, allow });
  const hosts =
    '169.254.169.254 169.254.169.253 [fd00:ec2::254] [::ffff:a9fe:a9fe] [fd00:ec2::255]';
  assert.deepEqual(refused(policy, hosts), ['169.254.169.253', '[fd00:ec2::255]']);
  const range = createEgressPolicy({ allowPrivate: true, allow: ['169.254.169.254/32'] });
  assert.deepEqual(refused(range, '169.254.169.254'), ['169.254.169.254']);
});

test('a host name opens the private addresses that it leads to, and no other name does', () => {
  const policy = createEgressPolicy({ allowPrivate: false, allow: ['Erp.Internal', 'localhost'] });
  assert.equal(policy.isAllowed('10.0.0.1', 'erp.internal'), true);
  assert.equal(policy.isAllowed('10.0.0.1', 'ERP.internal.'), true);
  assert.equal(policy.isAllowed('10.0.0.1', 'other.internal'), false);
  assert.equal(policy.isAllowed('169.254.169.254', 'erp.internal'), false);
  assert.deepEqual(refused(policy, 'localhost a.localhost 127.0.0.1'), [
    'a.localhost',
    '127.0.0.1',
  ]);
});

test('what is no address is not allowed, and a zone does not help', () => {
  for (const text of ['', 'x', '1.2.3', '1.2.3.4.5', 'fe80::1%eth0', '::1%lo']) {
    assert.equal(strict.isAllowed(text, 'x'), false, text);
  }
});

test('an allow entry that is no range is refused with its text', () => {
  for (const entry of ['10.0.0.0/33', '10.0.0.0/', 'x/8', '::/129', '10.0.0/8', '10.0.0.0/-1']) {
    assert.throws(() => createEgressPolicy({ allowPrivate: false, allow: [entry] }), {
      code: 'invalid_field',
      message: `Expected \`allow\` to hold addresses, CIDR ranges and host names, got \`${entry}\``,
    });
  }
});
