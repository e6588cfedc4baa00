import t from 'tap';
import {acceptanceOf, type OperatorWord, parseBindings, parseRejection} from '../../src/inspection/operator-words.ts';
import {ago, NOW} from '../support/evidence.ts';

const metadata = {namespace: 'tenants', name: 'tcp-alpha'};
const binding = (...conditions: readonly object[]) => ({
  group: 'monitoring.coreos.com',
  resource: 'prometheuses',
  namespace: 'monitoring',
  name: 'main',
  conditions,
});
const accepted = {type: 'Accepted', status: 'True', lastTransitionTime: '2026-11-23T17:00:00Z'};
const rejected = {
  type: 'Accepted',
  status: 'False',
  reason: 'InvalidConfiguration',
  message: 'scrapeTimeout "20s" greater than scrapeInterval "15s"',
};

t.test('a binding of the ServiceMonitor says accepted or rejected, since when and in which words', async (t) => {
  t.strictSame(parseBindings({metadata, status: {bindings: [binding(accepted), binding(rejected)]}}), [
    {
      namespace: 'tenants',
      monitor: 'tcp-alpha',
      source: 'binding',
      said: 'accepted',
      message: '',
      at: new Date('2026-11-23T17:00:00Z'),
    },
    {
      namespace: 'tenants',
      monitor: 'tcp-alpha',
      source: 'binding',
      said: 'rejected',
      message: rejected.message,
      at: undefined,
    },
  ]);
});

t.test('a rejecting binding without a message has its reason', async (t) => {
  const {message: _, ...brief} = rejected;
  t.match(parseBindings({metadata, status: {bindings: [binding(brief)]}}), [{message: 'InvalidConfiguration'}]);
});

t.test('other conditions say nothing, and neither does what is no binding', async (t) => {
  for (const status of [
    undefined,
    null,
    {},
    {bindings: 'x'},
    {bindings: [null, 'x', {}, {conditions: 'x'}]},
    {bindings: [binding({type: 'Reconciled', status: 'False'}, {})]},
  ]) {
    t.strictSame(parseBindings({metadata, status}), [], JSON.stringify(status));
  }
});

const event = {
  involvedObject: {kind: 'ServiceMonitor', namespace: 'tenants', name: 'tcp-alpha'},
  reason: 'InvalidConfiguration',
  message: 'was rejected',
};
const times: readonly (readonly [of: string, event: object, at: string | undefined])[] = [
  [
    'a series is that of its last Event',
    {
      series: {lastObservedTime: '2026-11-23T17:59:00.123456Z'},
      lastTimestamp: '2026-11-23T17:00:00Z',
      eventTime: '2026-11-23T16:00:00.000000Z',
    },
    '2026-11-23T17:59:00.123Z',
  ],
  [
    'an Event that was counted is the last one',
    {firstTimestamp: '2026-11-23T16:00:00Z', lastTimestamp: '2026-11-23T17:00:00Z', eventTime: null},
    '2026-11-23T17:00:00.000Z',
  ],
  [
    'a single Event is its own',
    {lastTimestamp: null, eventTime: '2026-11-23T16:00:00.000000Z'},
    '2026-11-23T16:00:00.000Z',
  ],
  [
    'an Event that has none is that of its object',
    {metadata: {creationTimestamp: '2026-11-23T15:00:00Z'}},
    '2026-11-23T15:00:00.000Z',
  ],
  ['nothing at all is not known', {}, undefined],
];
for (const [of, change, at] of times) {
  t.test(`the time of ${of}`, async (t) => {
    const word = parseRejection({...event, ...change});
    t.match(word, {namespace: 'tenants', monitor: 'tcp-alpha', source: 'event', said: 'rejected'});
    t.equal(word.message, 'was rejected');
    t.equal(word.at?.toISOString(), at);
  });
}

function word(
  source: OperatorWord['source'],
  said: OperatorWord['said'],
  message: string,
  at: Date | undefined,
): OperatorWord {
  return {namespace: 'tenants', monitor: 'tcp-alpha', source, said, message, at};
}

const silent = {verdict: 'silent'} as const;
const accepts = {verdict: 'accepted'} as const;
const rejects = (message: string) => ({verdict: 'rejected', message}) as const;
const verdicts: readonly (readonly [title: string, words: readonly OperatorWord[], verdict: object])[] = [
  ['nobody said anything: silent', [], silent],
  ['a binding accepts: accepted', [word('binding', 'accepted', '', ago(3600))], accepts],
  ['a binding of an unknown time accepts: accepted', [word('binding', 'accepted', '', undefined)], accepts],
  ['a binding rejects, however old: rejected', [word('binding', 'rejected', 'why', ago(86_400))], rejects('why')],
  [
    'of several bindings the newest counts',
    [word('binding', 'accepted', '', ago(600)), word('binding', 'rejected', 'why', ago(60))],
    rejects('why'),
  ],
  ['an Event of now: rejected', [word('event', 'rejected', 'event', ago(0))], rejects('event')],
  ['an Event of 14:59 minutes ago: rejected', [word('event', 'rejected', 'event', ago(899))], rejects('event')],
  ['an Event of 15 minutes ago does not count', [word('event', 'rejected', 'event', ago(900))], silent],
  ['an Event of an unknown time does not count', [word('event', 'rejected', 'event', undefined)], silent],
  [
    'the newest of several Events has the words',
    [word('event', 'rejected', 'old', ago(600)), word('event', 'rejected', 'new', ago(60))],
    rejects('new'),
  ],
  [
    'a newer Event contradicts a binding that accepts, which may be stale',
    [word('binding', 'accepted', '', ago(600)), word('event', 'rejected', 'event', ago(60))],
    rejects('event'),
  ],
  [
    'an Event older than a binding that accepts is over',
    [word('event', 'rejected', 'event', ago(600)), word('binding', 'accepted', '', ago(60))],
    accepts,
  ],
  [
    'an Event of the same second as a binding that accepts contradicts nothing',
    [word('event', 'rejected', 'event', ago(60)), word('binding', 'accepted', '', ago(60))],
    accepts,
  ],
  [
    'an Event of 15 minutes ago contradicts nothing',
    [word('binding', 'accepted', '', ago(3600)), word('event', 'rejected', 'event', ago(900))],
    accepts,
  ],
  [
    'a binding that rejects has the exact words, also where an Event is newer',
    [word('binding', 'rejected', 'exact', ago(600)), word('event', 'rejected', 'vague', ago(60))],
    rejects('exact'),
  ],
];
for (const [title, words, verdict] of verdicts) {
  t.test(title, async (t) => {
    t.strictSame(acceptanceOf(words, NOW), verdict);
    t.strictSame(acceptanceOf(words.toReversed(), NOW), verdict, 'in whatever order they come');
  });
}
