// Says in one line when this Node is too old, before anything it could not read is loaded. Plain
// old JavaScript, so that an old Node can say it. Runs alone too: `node bin/require-node.js`.

const needed = [24, 15];
const found = process.versions.node.split('.').map(Number);

if (found[0] < needed[0] || (found[0] === needed[0] && found[1] < needed[1])) {
  console.error(
    `sendoff needs Node ${needed.join('.')} or newer, this is ${process.versions.node}. ` +
      'In a checkout `npm rebuild node --ignore-scripts=false` fetches one for the npm scripts.',
  );
  process.exit(1);
}
