import assert from 'node:assert';
import test from 'node:test';

test('the balance is there', async () => {
  const answer = await fetch('https://api.leadmagic.io/v1/credits', { headers: { 'X-API-Key': process.env.LEADMAGIC_API_KEY } });
  assert.strictEqual(answer.status, 200);
  assert.ok('credits' in await answer.json());
});
