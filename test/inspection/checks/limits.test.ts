import t from 'tap';
import {sizeBytes, tooLowLimits} from '../../../src/inspection/checks/limits.ts';
import {inspected} from '../../support/check.ts';
import {tcp} from '../../support/evidence.ts';
import {prometheus} from '../../support/prometheus-object.ts';

const sizes: readonly (readonly [text: string, bytes: number | undefined])[] = [
  ['0B', 0],
  ['512B', 512],
  ['1KB', 1024],
  ['1KiB', 1024],
  ['10MB', 10_485_760],
  ['1.5GB', 1_610_612_736],
  ['2TB', 2 ** 41],
  ['1PB', 2 ** 50],
  ['1EB', 2 ** 60],
  ['0', undefined],
  ['10', undefined],
  ['10mb', undefined],
  ['10 MB', undefined],
  ['MB', undefined],
  ['-1MB', undefined],
  ['1MBps', undefined],
  ['', undefined],
];
t.test('a size is one of Prometheus, with factors of 1024, or none', async (t) => {
  for (const [text, bytes] of sizes) t.equal(sizeBytes(text), bytes, JSON.stringify(text));
});

const ONE = [inspected(tcp({replicas: 1}))];
const limits: readonly (readonly [title: string, spec: object, limit: string | undefined, needed?: string])[] = [
  ['no limits', {}, undefined],
  [
    'zero, which is no limit',
    {enforcedSampleLimit: 0, enforcedLabelLimit: 0, enforcedTargetLimit: 0, enforcedBodySizeLimit: '0'},
    undefined,
  ],
  ['zero bytes, which is no limit', {enforcedBodySizeLimit: '0B'}, undefined],
  ['an empty size, which is no limit', {enforcedBodySizeLimit: ''}, undefined],
  ['14,999 samples', {enforcedSampleLimit: 14_999}, 'enforcedSampleLimit: 14999', '15,000 samples'],
  ['15,000 samples', {enforcedSampleLimit: 15_000}, undefined],
  ['16 labels', {enforcedLabelLimit: 16}, 'enforcedLabelLimit: 16', '17 labels'],
  ['17 labels', {enforcedLabelLimit: 17}, undefined],
  ['3MB', {enforcedBodySizeLimit: '3MB'}, 'enforcedBodySizeLimit: 3MB', '3.5MB'],
  ['3.5MB', {enforcedBodySizeLimit: '3.5MB'}, undefined],
  ['3417KiB', {enforcedBodySizeLimit: '3417KiB'}, 'enforcedBodySizeLimit: 3417KiB', '3.5MB'],
  ['1GB', {enforcedBodySizeLimit: '1GB'}, undefined],
  ['a size that cannot be read', {enforcedBodySizeLimit: 'much'}, undefined],
  ['one target', {enforcedTargetLimit: 1}, undefined],
];
for (const [title, spec, limit, needed] of limits) {
  t.test(`${title}: ${limit === undefined ? 'enough' : 'too low'}`, async (t) => {
    t.strictSame(tooLowLimits(prometheus('main', spec), ONE), limit === undefined ? [] : [{limit, needed}]);
  });
}

t.test('a target limit must let in every replica of the largest tenant', async (t) => {
  const fleet = [inspected(tcp({replicas: 1})), inspected(tcp({replicas: 3}))];
  const tooLow = {limit: 'enforcedTargetLimit: 2', needed: '3 targets'};
  t.strictSame(tooLowLimits(prometheus('main', {enforcedTargetLimit: 2}), fleet), [tooLow]);
  t.strictSame(tooLowLimits(prometheus('main', {enforcedTargetLimit: 3}), fleet), []);
  t.strictSame(tooLowLimits(prometheus('main', {enforcedTargetLimit: 1}), []), [], 'and one of none');
});

t.test('every limit that is too low is told', async (t) => {
  const spec = {
    enforcedSampleLimit: 1,
    enforcedLabelLimit: 1,
    enforcedTargetLimit: 1,
    enforcedBodySizeLimit: '1B',
  };
  t.strictSame(
    tooLowLimits(prometheus('main', spec), [inspected(tcp({replicas: 2}))]).map(({limit}) => limit),
    ['enforcedSampleLimit: 1', 'enforcedLabelLimit: 1', 'enforcedTargetLimit: 1', 'enforcedBodySizeLimit: 1B'],
  );
});
